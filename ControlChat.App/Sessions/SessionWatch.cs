using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions;

/// <summary>Looks once a second whether a session may still do what it is doing, for as long as an answer lasts. A database that does not answer says no.</summary>
internal sealed class SessionWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _looking;

    public SessionWatch(SessionDoor door, SessionHandle handle, TimeProvider time) => _looking = LookAsync(door, handle, time, _over.Token);

    /// <summary>Cancelled once the session may not.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>What the agent hears then.</summary>
    public AgentModelException Why { get; private set; } = new(503, "unavailable", "The hub's database does not answer.");

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _looking;
        _gone.Dispose();
        _over.Dispose();
    }

    private async Task LookAsync(SessionDoor door, SessionHandle handle, TimeProvider time, CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(Pause, time);
            while (await timer.WaitForNextTickAsync(over))
            {
                if (await door.AdmitAsync(handle, over) is not SessionAdmission.Refused refused) continue;
                Why = AgentGate.WordsFor(refused);
                break;
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The answer is over.
            return;
        }
        catch (HubUnavailableException)
        {
            // Nobody can say that it may.
        }
        await _gone.CancelAsync();
    }
}

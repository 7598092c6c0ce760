using ControlChat.App.Live;
using ControlChat.Core.Hub;

namespace ControlChat.App.Sessions.Streams;

/// <summary>
/// Reads the session and the rights to it anew, every second and a half and when something is heard of the session: what is lost ends the
/// connection or takes the keyboard away, and what changed is told.
/// </summary>
internal sealed class StreamWatch(StreamWindow window, StreamOutput output, StreamGround ground, StreamSupply supply, Action<StreamEnd> end) : IDisposable
{
    /// <summary>Rights that are gone are noticed within this, and the time of one read.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1.5);

    // Longer than a database stalls now and then; whoever cannot be asked says no in the end.
    private static readonly TimeSpan BlindFor = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _seen = ground.Time.GetTimestamp();

    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(new TopicNews(window.SessionId, ground.Bus, ground.Time).FollowAsync(() => LookAsync(cancellationToken), cancellationToken), LookOftenAsync(cancellationToken));

    public void Dispose() => _turn.Dispose();

    private async Task LookOftenAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, ground.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken)) await LookAsync(cancellationToken);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var (before, could) = (window.Sight, window.MayControl);
            if (await ground.Sights.FindAsync(before.Principal, window.SessionId, cancellationToken) is not { } sight)
            {
                end(StreamEnd.Denied);
                return;
            }
            _seen = ground.Time.GetTimestamp();
            window.Sight = sight;
            if (window.IsOver) end(StreamEnd.Denied);
            if (window.MayControl != could) await supply.ChangeRightsAsync(cancellationToken);
            if (sight.HasEnded) supply.Ended();
            if (StreamWords.Differ(before.View, sight.View) || window.MayControl != could) await output.SendAsync("state", StreamWords.State(window));
            supply.Wake();
        }
        catch (HubUnavailableException)
        {
            if (ground.Time.GetElapsedTime(_seen) > BlindFor) end(StreamEnd.Unavailable);
        }
        finally
        {
            _turn.Release();
        }
    }
}

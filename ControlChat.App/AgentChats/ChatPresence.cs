using System.Text.Json;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.AgentChats;

/// <summary>
/// Which chats are open on pages of other processes: a page that was lost here may have come back there. Each process tells of its own
/// when one opens and every <see cref="TellEvery"/>; what was heard counts for <see cref="Fresh"/>, which is shorter than the time after
/// which a chat is decided. Nothing is told where there is one process.
/// </summary>
internal sealed partial class ChatPresence(IBus bus, TimeProvider time, ILogger<ChatPresence> logger) : BackgroundService
{
    public static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(45);

    // What stands after "stream:".
    private const string Subject = "agent-chats";
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);
    private readonly string _process = Ids.New("prc");
    private readonly Lock _gate = new();
    private readonly HashSet<string> _here = [];
    private readonly Dictionary<string, DateTimeOffset> _elsewhere = [];

    /// <summary>A page of this process shows it.</summary>
    public void Enter(string sessionId)
    {
        lock (_gate)
        {
            if (!_here.Add(sessionId)) return;
        }
        if (bus.IsShared) _ = TellAsync(sessionId, CancellationToken.None);
    }

    public void Leave(string sessionId)
    {
        lock (_gate) _here.Remove(sessionId);
    }

    public bool IsElsewhere(string sessionId) => time.GetUtcNow() - HeardAt(sessionId) < Fresh;

    /// <summary>When another process told of it last; null: none did lately.</summary>
    internal DateTimeOffset? HeardAt(string sessionId)
    {
        lock (_gate) return _elsewhere.TryGetValue(sessionId, out var at) ? at : null;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        bus.IsShared ? Task.WhenAll(HearAsync(stoppingToken), RepeatAsync(stoppingToken)) : Task.CompletedTask;

    private async Task RepeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TellEvery, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            List<string> here;
            lock (_gate) here = [.. _here];
            foreach (var sessionId in here) await TellAsync(sessionId, cancellationToken);
        }
    }

    private async Task TellAsync(string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            await bus.PostAsync(Topics.Stream(Subject), BusMessage.New(JsonSerializer.Serialize(new Word(sessionId, _process), Json.Wire)), cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            // Said again at the next turn.
            LogNotTold(logger, e);
        }
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var entry in bus.TailAsync(Topics.Stream(Subject), null, cancellationToken)) Hear(entry.Message.Payload);
            }
            catch (BusGapException)
            {
                // Whoever was missed speaks again within 20 s.
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogLost(logger, e);
                await Task.Delay(AfterFault, time, cancellationToken);
            }
        }
    }

    private void Hear(string payload)
    {
        var word = Json.Read<Word>(payload);
        if (word.Process == _process) return;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var old in _elsewhere.Where(known => now - known.Value >= Fresh).Select(known => known.Key).ToList()) _elsewhere.Remove(old);
            _elsewhere[word.Session] = now;
        }
    }

    private sealed record Word(string Session, string Process);

    [LoggerMessage(1, LogLevel.Warning, "Other processes were not told of an open chat")]
    private static partial void LogNotTold(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "Chats of other processes are followed anew")]
    private static partial void LogLost(ILogger logger, Exception fault);
}

using System.Text.Json;
using ControlChat.App.Sessions.Screens;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.AgentChats;

/// <summary>
/// Which sessions pages show, here and in other processes: a page that was lost here may have come back there. Each process tells of its
/// own when one opens and every <see cref="TellEvery"/>; what was heard counts for <see cref="Fresh"/>, which is shorter than the time
/// after which a chat is decided. Each hears itself too: who does not, hears nobody, and cannot say that there is no page elsewhere.
/// Nothing is told where there is one process.
/// </summary>
internal sealed partial class ChatPresence(IBus bus, TimeProvider time, ILogger<ChatPresence> logger) : BackgroundService, ISessionWatch
{
    public static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(45);

    // What stands after "stream:".
    private const string Subject = "agent-chats";
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);
    private readonly string _process = Ids.New("prc");
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset?> _chats = [];
    private readonly Dictionary<string, int> _pages = [];
    private readonly Dictionary<(string Session, string Process), Heard> _elsewhere = [];
    private DateTimeOffset? _hearsSince;
    private DateTimeOffset _echo;

    /// <summary>A chat of this process shows it.</summary>
    /// <param name="sessionId">The session's.</param>
    /// <param name="due">When its chat is decided; null: its page is there.</param>
    public void Enter(string sessionId, DateTimeOffset? due)
    {
        lock (_gate)
        {
            if (_chats.TryGetValue(sessionId, out var before) && before == due) return;
            _chats[sessionId] = due;
        }
        Tell(sessionId);
    }

    public void Leave(string sessionId)
    {
        lock (_gate) _chats.Remove(sessionId);
    }

    public IDisposable Watch(string sessionId)
    {
        lock (_gate) _pages[sessionId] = _pages.GetValueOrDefault(sessionId) + 1;
        Tell(sessionId);
        return new Page(this, sessionId);
    }

    /// <summary>A page of its own shows it in this process.</summary>
    public bool IsWatched(string sessionId)
    {
        lock (_gate) return _pages.ContainsKey(sessionId);
    }

    /// <param name="sessionId">The session's.</param>
    /// <param name="due">When the chat here is decided: of two, the later one decides.</param>
    public ChatElsewhere Elsewhere(string sessionId, DateTimeOffset due)
    {
        if (!bus.IsShared) return ChatElsewhere.No;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_elsewhere.Any(known => known.Key.Session == sessionId && now - known.Value.At < Fresh && !(known.Value.Due <= due))) return ChatElsewhere.Shown;
            return _hearsSince is { } since && now - since >= Fresh && IsHeardAt(now) ? ChatElsewhere.No : ChatElsewhere.Unknown;
        }
    }

    /// <summary>When this process heard itself last.</summary>
    internal DateTimeOffset HeardItself
    {
        get { lock (_gate) return _echo; }
    }

    /// <summary>When another process told of it last; null: none did lately.</summary>
    internal DateTimeOffset? HeardAt(string sessionId)
    {
        lock (_gate) return _elsewhere.Where(known => known.Key.Session == sessionId).Select(known => (DateTimeOffset?)known.Value.At).Max();
    }

    // One word may be late or lost, not two.
    private bool IsHeardAt(DateTimeOffset now) => now - _echo <= 2 * TellEvery;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        bus.IsShared ? Task.WhenAll(RepeatAsync(stoppingToken), HearAsync(stoppingToken)) : Task.CompletedTask;

    private async Task RepeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TellEvery, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            List<string> here;
            lock (_gate) here = [.. _chats.Keys.Union(_pages.Keys)];
            // Without a session it is for its own ears.
            await PostAsync(new Word(null, _process, null), cancellationToken);
            foreach (var sessionId in here) await TellAsync(sessionId, cancellationToken);
        }
    }

    private void Tell(string sessionId)
    {
        if (bus.IsShared) _ = TellAsync(sessionId, CancellationToken.None);
    }

    private Task TellAsync(string sessionId, CancellationToken cancellationToken)
    {
        DateTimeOffset? due = null;
        lock (_gate)
        {
            if (!_pages.ContainsKey(sessionId) && !_chats.TryGetValue(sessionId, out due)) return Task.CompletedTask;
        }
        return PostAsync(new Word(sessionId, _process, due), cancellationToken);
    }

    private async Task PostAsync(Word word, CancellationToken cancellationToken)
    {
        try
        {
            await bus.PostAsync(Topics.Stream(Subject), BusMessage.New(JsonSerializer.Serialize(word, Json.Wire)), cancellationToken);
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
                Deaf();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Deaf();
                LogLost(logger, e);
                await Task.Delay(AfterFault, time, cancellationToken);
            }
        }
    }

    private void Deaf()
    {
        lock (_gate) _hearsSince = null;
    }

    private void Hear(string payload)
    {
        var word = Json.Read<Word>(payload);
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (word.Process == _process)
            {
                _hearsSince = _hearsSince is { } since && IsHeardAt(now) ? since : now;
                _echo = now;
                return;
            }
            foreach (var old in _elsewhere.Where(known => now - known.Value.At >= Fresh).Select(known => known.Key).ToList()) _elsewhere.Remove(old);
            if (word.Session is { } session) _elsewhere[(session, word.Process)] = new Heard(now, word.Due);
        }
    }

    private void Unwatch(string sessionId)
    {
        lock (_gate)
        {
            if (--_pages[sessionId] == 0) _pages.Remove(sessionId);
        }
    }

    private sealed class Page(ChatPresence presence, string sessionId) : IDisposable
    {
        private bool _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, true)) return;
            presence.Unwatch(sessionId);
        }
    }

    /// <param name="Session">Null: only that the process is there.</param>
    /// <param name="Due">When its chat is decided there; null: a page shows it.</param>
    private sealed record Word(string? Session, string Process, DateTimeOffset? Due);

    private sealed record Heard(DateTimeOffset At, DateTimeOffset? Due);

    [LoggerMessage(1, LogLevel.Warning, "Other processes were not told of an open chat")]
    private static partial void LogNotTold(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "Chats of other processes are followed anew")]
    private static partial void LogLost(ILogger logger, Exception fault);
}

using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.AgentChats;

/// <summary>
/// The agents' chats that are open on the pages of this process. A session that a chat beside a page began, and whose last one closed
/// without a word, is ended after <see cref="Grace"/> when nothing runs in it and nobody uses it elsewhere; else it is kept. It is decided
/// here and not by a page: a browser that was closed says nothing any more. A process that stops decides nothing, and one that cannot
/// hear the others waits; the sessions' own idle time ends what nobody comes back to.
/// </summary>
internal sealed partial class OpenChats(SessionCommands commands, ChatPresence presence, TimeProvider time, ILogger<OpenChats> logger) : IHostedService, IDisposable
{
    /// <summary>How long a question stands, and how long a lost page may take to come back.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    // Between the moment here and the one in the database: what was said in it counts as said after the chat was closed.
    private static readonly TimeSpan Blur = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly HashSet<OpenChat> _chats = [];
    private readonly CancellationTokenSource _stop = new();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        List<OpenChat> open;
        lock (_gate)
        {
            open = [.. _chats];
            _chats.Clear();
        }
        await _stop.CancelAsync();
        foreach (var chat in open) Stop(chat);
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>A page shows this session's chat now.</summary>
    /// <param name="by">Who looks at it, and in whose name it is ended; their rights are read again then.</param>
    /// <param name="sessionId">The session's.</param>
    public OpenChat Open(Principal by, string sessionId)
    {
        var chat = new OpenChat(this, by, sessionId);
        lock (_gate) _chats.Add(chat);
        Tell(sessionId);
        return chat;
    }

    /// <returns>True when another moment decides now.</returns>
    internal bool Move(OpenChat chat, Action change, bool restart)
    {
        lock (_gate)
        {
            change();
            if (!_chats.Contains(chat)) return false;
            var counts = chat.IsAsked || chat.IsLost;
            if (counts && !restart && chat.Due is not null) return false;
            if (!counts && chat.Due is null) return false;
            Stop(chat);
            if (counts)
            {
                chat.Since = time.GetUtcNow();
                Schedule(chat, Grace);
            }
        }
        Tell(chat.SessionId);
        return true;
    }

    internal void Release(OpenChat chat)
    {
        lock (_gate)
        {
            chat.IsReleased = true;
            if (!_chats.Remove(chat)) return;
            Stop(chat);
        }
        Tell(chat.SessionId);
    }

    // Other processes hear of chats whose page is there, and of others when they are decided.
    private void Tell(string sessionId)
    {
        List<DateTimeOffset?> dues;
        lock (_gate) dues = [.. _chats.Where(c => c.SessionId == sessionId).Select(c => c.Due)];
        if (dues.Count == 0) presence.Leave(sessionId);
        else presence.Enter(sessionId, dues.Contains(null) ? null : dues.Max());
    }

    private void Schedule(OpenChat chat, TimeSpan after)
    {
        var due = time.GetUtcNow() + after;
        chat.Due = due;
        chat.Timer = time.CreateTimer(_ => _ = DecideAsync(chat, due), null, after, Timeout.InfiniteTimeSpan);
    }

    private static void Stop(OpenChat chat)
    {
        chat.Timer?.Dispose();
        (chat.Timer, chat.Due) = (null, null);
    }

    private async Task DecideAsync(OpenChat chat, DateTimeOffset due)
    {
        bool others;
        lock (_gate)
        {
            if (chat.Due != due || !_chats.Remove(chat)) return;
            others = _chats.Any(c => c.SessionId == chat.SessionId);
        }
        var end = ChatEnd.Kept;
        try
        {
            if (!others && !presence.IsWatched(chat.SessionId))
            {
                var elsewhere = presence.Elsewhere(chat.SessionId, due);
                if (elsewhere == ChatElsewhere.Unknown)
                {
                    LogNotHeard(logger, chat.SessionId);
                    Postpone(chat);
                    return;
                }
                if (elsewhere == ChatElsewhere.No) end = await CloseAsync(chat);
            }
        }
        catch (HubUnavailableException e)
        {
            LogNotDecided(logger, e, chat.SessionId);
            Postpone(chat);
            return;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // Nobody waits for this: whatever broke is on the log, and the session's own idle time ends it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBroken(logger, e, chat.SessionId);
        }
        chat.Timer?.Dispose();
        Tell(chat.SessionId);
        chat.Decide(end);
    }

    private void Postpone(OpenChat chat)
    {
        lock (_gate)
        {
            // Its person may have said a word meanwhile.
            if (_stop.IsCancellationRequested || chat.IsReleased) return;
            _chats.Add(chat);
            Stop(chat);
            if (chat.IsAsked || chat.IsLost) Schedule(chat, Later);
        }
        Tell(chat.SessionId);
        chat.Move();
    }

    private async Task<ChatEnd> CloseAsync(OpenChat chat)
    {
        var quiet = time.GetUtcNow() - chat.Since!.Value + Blur;
        var result = await commands.CloseAsync(chat.By, chat.SessionId, quiet, "ui", _stop.Token);
        LogDecided(logger, chat.SessionId, result);
        return result is SessionCommandResult.Done or SessionCommandResult.Ended ? ChatEnd.Ended : ChatEnd.Kept;
    }

    [LoggerMessage(1, LogLevel.Information, "The chat of session {SessionId} was closed without a word: {Result}")]
    private static partial void LogDecided(ILogger logger, string sessionId, SessionCommandResult result);

    [LoggerMessage(2, LogLevel.Warning, "What becomes of session {SessionId}, whose chat was closed, could not be decided; trying again")]
    private static partial void LogNotDecided(ILogger logger, Exception fault, string sessionId);

    [LoggerMessage(4, LogLevel.Warning, "Other processes were not heard lately: what becomes of session {SessionId}, whose chat was closed, is decided later")]
    private static partial void LogNotHeard(ILogger logger, string sessionId);

    [LoggerMessage(3, LogLevel.Error, "What becomes of session {SessionId}, whose chat was closed, could not be decided; it goes on until its idle time is over")]
    private static partial void LogBroken(ILogger logger, Exception fault, string sessionId);
}

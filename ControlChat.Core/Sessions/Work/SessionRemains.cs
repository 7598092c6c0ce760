using System.Collections.Concurrent;
using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What an agent left on disk goes with its session; what it said and did is in the rows.</summary>
internal sealed partial class SessionRemains(HubDatabase database, SessionStore sessions, HubPaths paths, ITerminalHost terminals, TranscriptKeeper transcripts, TimeProvider time, ILogger<SessionRemains> logger)
{
    private const int Batch = 200;

    // Who works on one may still be giving it time to end.
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, long> _stuck = new(StringComparer.Ordinal);

    /// <summary>Removes the folder of a session that has ended or is not there; any other stays.</summary>
    /// <returns>False: it could not be removed now.</returns>
    public async Task<bool> RemoveAsync(string id)
    {
        if (!_busy.TryAdd(id, true)) return true;
        try
        {
            await using (var reader = await database.ReadAsync(CancellationToken.None))
                if (await sessions.FindAsync(reader, id, CancellationToken.None) is { HasEnded: false }) return true;
            // What outlives a worker may have been left by one that is gone.
            if (!await terminals.RemoveAsync(id)) throw new IOException("Its terminal's program still lives.");
            using var root = ConfinedRoot.Open(paths.Agents);
            root.Remove(id);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException)
        {
            LogNotRemoved(logger, e, id);
            return false;
        }
        finally
        {
            _busy.TryRemove(id, out _);
        }
    }

    /// <summary>
    /// The same, again and again, for sessions that ended while no worker had them, by a person's word or because their time was over, and the end of their
    /// transcripts. What cannot be removed is tried again a minute later.
    /// </summary>
    /// <param name="isHeld">Whether this process works on it.</param>
    public async Task RemoveEndedAsync(Func<string, bool> isHeld, TimeSpan every, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(every, time, cancellationToken);
            await RemoveEndedAsync(isHeld, cancellationToken);
        }
    }

    /// <summary>The same once.</summary>
    public async Task RemoveEndedAsync(Func<string, bool> isHeld, CancellationToken cancellationToken)
    {
        foreach (var (id, since) in _stuck.ToList())
            if (time.GetElapsedTime(since) >= Pause) _stuck.Remove(id);
        if (!Directory.Exists(paths.Agents)) return;
        foreach (var left in Directory.EnumerateDirectories(paths.Agents).Select(Path.GetFileName).OfType<string>().Where(id => !CommandHome.IsOne(id) && !isHeld(id) && !_stuck.ContainsKey(id)).Chunk(Batch).ToList())
        {
            IReadOnlyList<string> ended;
            await using (var reader = await database.ReadAsync(cancellationToken)) ended = await SessionClaims.EndedAsync(reader, left, reader.Now - Closing, cancellationToken);
            foreach (var id in ended)
                if (!await RemoveAsync(id) || !await FinishAsync(id, cancellationToken)) _stuck[id] = time.GetTimestamp();
        }
    }

    private async Task<bool> FinishAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await transcripts.FinishAsync(id, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException)
        {
            // The keeper looks again within the hour.
            LogNotFinished(logger, e, id);
            return false;
        }
    }

    /// <summary>The same for all that an earlier process may have left.</summary>
    public async Task SweepAsync()
    {
        if (!Directory.Exists(paths.Agents)) return;
        foreach (var id in Directory.EnumerateDirectories(paths.Agents).Select(Path.GetFileName).OfType<string>().ToList())
        {
            // Workers may share the directory: a command of another one has no session of its own.
            if (CommandHome.IsOne(id)) RemoveCommand(id);
            else await RemoveAsync(id);
        }
        foreach (var id in CommandHome.LeftLocks(paths)) RemoveCommand(id);
    }

    private void RemoveCommand(string id)
    {
        try
        {
            CommandHome.RemoveLeft(paths, id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(logger, e, id);
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "The transcript of {SessionId} could not be finished; it is tried again within the hour")]
    private static partial void LogNotFinished(ILogger logger, Exception fault, string sessionId);

    [LoggerMessage(1, LogLevel.Warning, "What {SessionId} left could not be removed; it is tried again")]
    private static partial void LogNotRemoved(ILogger logger, Exception fault, string sessionId);
}

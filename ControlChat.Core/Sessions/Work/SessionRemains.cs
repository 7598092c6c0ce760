using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What an agent left on disk goes with its session; what it said and did is in the rows.</summary>
internal sealed partial class SessionRemains(HubDatabase database, SessionStore sessions, HubPaths paths, ITerminalHost terminals, ILogger<SessionRemains> logger)
{
    /// <summary>Removes the folder of a session that has ended or is not there; any other stays.</summary>
    public async Task RemoveAsync(string id)
    {
        try
        {
            await using (var reader = await database.ReadAsync(CancellationToken.None))
                if (await sessions.FindAsync(reader, id, CancellationToken.None) is { HasEnded: false }) return;
            // What outlives a worker may have been left by one that is gone.
            await terminals.RemoveAsync(id);
            using var root = ConfinedRoot.Open(paths.Agents);
            root.Remove(id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException)
        {
            // The next start looks again.
            LogNotRemoved(logger, e, id);
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

    [LoggerMessage(1, LogLevel.Warning, "What {SessionId} left on disk could not be removed")]
    private static partial void LogNotRemoved(ILogger logger, Exception fault, string sessionId);
}

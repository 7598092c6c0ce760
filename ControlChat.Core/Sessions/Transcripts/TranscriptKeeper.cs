using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>At start, then every hour: finishes what an earlier process left unfinished, and clears the shelf.</summary>
internal sealed partial class TranscriptKeeper(
    HubDatabase database, SessionStore sessions, TranscriptShelf shelf, TranscriptRecorder recorder, TranscriptReady ready, HubPaths paths, TimeProvider time, ILogger<TranscriptKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await shelf.ClearAsync(cancellationToken);
        if (!Directory.Exists(paths.Transcripts)) return;
        using var root = ConfinedRoot.Open(paths.Transcripts);
        foreach (var id in Directory.EnumerateDirectories(paths.Transcripts).Select(Path.GetFileName).OfType<string>().ToList())
        {
            var session = await FindAsync(id, cancellationToken);
            if (session is { TranscriptRemovedAt: not null }) root.Remove(id);
            else if (session is { HasEnded: true }) await FinishAsync(session, cancellationToken);
        }
    }

    /// <summary>Finishes the transcript of one session that has ended and that nobody works on any more, where it lies here.</summary>
    /// <exception cref="IOException">It cannot be written, or another process writes it.</exception>
    public async Task FinishAsync(string id, CancellationToken cancellationToken)
    {
        if (Directory.Exists(recorder.FolderOf(id)) && await FindAsync(id, cancellationToken) is { HasEnded: true, TranscriptRemovedAt: null } session) await FinishAsync(session, cancellationToken);
    }

    private async Task<Session?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await sessions.FindAsync(reader, id, cancellationToken);
    }

    private async Task FinishAsync(Session session, CancellationToken cancellationToken)
    {
        var folder = recorder.FolderOf(session.Id);
        if (TranscriptFile.IsOpen(folder))
        {
            if (session.Mode != SessionMode.Terminal)
            {
                await recorder.FinishAsync(session.Id);
                return;
            }
            await FinishTerminalAsync(session, cancellationToken);
        }
        // The process that finished it may have ended before it said so.
        if (TranscriptFile.Parts(folder).Count > 0) await ready.TellAsync(session.Id, cancellationToken);
    }

    // Its worker is gone: what came to the file is all there is.
    private async Task FinishTerminalAsync(Session session, CancellationToken cancellationToken)
    {
        using var file = await TranscriptFile.OpenAsync(recorder.FolderOf(session.Id), cancellationToken);
        if (file.IsComplete) return;
        var data = new JsonObject { ["reason"] = session.EndReason, ["exit_code"] = null };
        file.Append(TranscriptLine.Write(file.LastSeq + 1, session.EndedAt ?? time.GetUtcNow(), TerminalFrames.Ended, Json.Write(data)), file.LastSeq + 1, ends: true);
        file.Sync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Hour, time);
        do await TryAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException)
        {
            LogFailed(logger, e);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Transcripts could not be looked after; it is tried again in an hour")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}

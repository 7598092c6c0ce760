using ControlChat.Core.Files;
using ControlChat.Core.Hub;
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
            Session? session;
            await using (var reader = await database.ReadAsync(cancellationToken)) session = await sessions.FindAsync(reader, id, cancellationToken);
            if (session is { TranscriptRemovedAt: not null }) root.Remove(id);
            else if (session is { HasEnded: true }) await FinishAsync(id, cancellationToken);
        }
    }

    private async Task FinishAsync(string id, CancellationToken cancellationToken)
    {
        var folder = recorder.FolderOf(id);
        if (TranscriptFile.IsOpen(folder)) await recorder.FinishAsync(id);
        // The process that finished it may have ended before it said so.
        else if (TranscriptFile.Parts(folder).Count > 0) await ready.TellAsync(id, cancellationToken);
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

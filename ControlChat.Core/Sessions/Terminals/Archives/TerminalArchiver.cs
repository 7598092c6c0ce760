using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>
/// Copies finished transcripts of terminals that lie on this process's disk into the database (<c>Sessions:ArchiveTranscripts</c>): each when it is
/// closed, and at start and every hour whatever an earlier process left. Nothing waits for it; what fails is tried again.
/// </summary>
internal sealed partial class TerminalArchiver(TerminalArchive archive, TranscriptReady ready, IHubSettings settings, HubPaths paths, TimeProvider time, ILogger<TerminalArchiver> logger) : BackgroundService
{
    private const int Batch = 200;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan TryEvery = TimeSpan.FromSeconds(30);
    private readonly string _holder = Ids.New("arc");
    private readonly ConcurrentDictionary<string, bool> _due = new(StringComparer.Ordinal);
    private readonly Signal _wake = new();
    private bool _failing;

    /// <summary>Everything that is due on this disk.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(paths.Transcripts)) return;
        foreach (var some in Directory.EnumerateDirectories(paths.Transcripts).Where(IsFinished).Select(Path.GetFileName).OfType<string>().Chunk(Batch))
            foreach (var id in await archive.DueAsync(some, cancellationToken)) _due[id] = true;
        await CopyDueAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.Current.Sessions.ArchiveTranscripts) return;
        ready.Closed += Want;
        try
        {
            var looked = (long?)null;
            while (true)
            {
                var seen = _wake.Version;
                var all = looked is null || time.GetElapsedTime(looked.Value) >= Hour;
                if (await TryAsync(all ? SweepAsync : CopyDueAsync, stoppingToken) && all) looked = time.GetTimestamp();
                await WaitAsync(seen, stoppingToken);
            }
        }
        finally
        {
            ready.Closed -= Want;
        }
    }

    private void Want(string id)
    {
        _due[id] = true;
        _wake.Raise();
    }

    private async Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var later = Task.Delay(_due.IsEmpty && !_failing ? Hour : TryEvery, time, either.Token);
        // What keeps failing is not tried the more often for what comes in between.
        await (_failing ? later : Task.WhenAny(_wake.WaitAsync(seen, either.Token), later));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> copy, CancellationToken cancellationToken)
    {
        try
        {
            await copy(cancellationToken);
            if (_failing) LogBack(logger);
            _failing = false;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException)
        {
            if (!_failing) LogFailed(logger, e);
            _failing = true;
            return false;
        }
    }

    private async Task CopyDueAsync(CancellationToken cancellationToken)
    {
        foreach (var some in _due.Keys.Chunk(Batch))
        {
            var due = await archive.DueAsync(some, cancellationToken);
            foreach (var done in some.Except(due)) _due.TryRemove(done, out _);
            foreach (var id in due)
            {
                if (!IsFinished(FolderOf(id)) || await IsOnlyEndAsync(id, cancellationToken)) _due.TryRemove(id, out _);
                else if (await archive.ClaimAsync(id, _holder, cancellationToken) && await CopyAsync(id, cancellationToken)) _due.TryRemove(id, out _);
            }
        }
    }

    // Pieces of another copy that was broken off are compared, and written only where they differ.
    private async Task<bool> CopyAsync(string id, CancellationToken cancellationToken)
    {
        var (files, there, pieces) = (new FileParts(FolderOf(id)), await archive.PiecesAsync(id, cancellationToken), new List<ArchivePiece>());
        var before = there.ToDictionary(p => p.Number);
        var buffer = new byte[ArchivePiece.MostBytes];
        for (var part = 0; part < files.Count; part++)
        {
            await using var source = await files.OpenAsync(part, cancellationToken);
            while (await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var read)
            {
                var piece = ArchivePiece.Of(pieces.Count, part, buffer.AsSpan(0, read));
                pieces.Add(piece);
                if (before.GetValueOrDefault(piece.Number) == piece) continue;
                if (!await archive.PutAsync(id, _holder, piece, ArchivePiece.Pack(buffer.AsSpan(0, read)), cancellationToken)) return false;
            }
        }
        if (!await archive.CompleteAsync(id, _holder, pieces, cancellationToken)) return false;
        LogArchived(logger, id, pieces.Sum(p => p.Bytes));
        return true;
    }

    // Of a worker that only found the program of an earlier one gone: what it printed lies where that one wrote.
    private async Task<bool> IsOnlyEndAsync(string id, CancellationToken cancellationToken)
    {
        await foreach (var frame in RecordReader.ReadAsync(new FileParts(FolderOf(id)), 0, cancellationToken)) return frame.Type == TerminalFrames.Ended;
        return true;
    }

    private string FolderOf(string id) => Path.Combine(paths.Transcripts, id);

    private static bool IsFinished(string folder) => !TranscriptFile.IsOpen(folder) && TranscriptFile.Parts(folder).Count > 0;

    [LoggerMessage(1, LogLevel.Warning, "Transcripts could not be copied into the database; it is tried again, and the files are kept")]
    private static partial void LogFailed(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Information, "Transcripts are copied into the database again")]
    private static partial void LogBack(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "The transcript of terminal {SessionId} is archived: {Bytes} bytes")]
    private static partial void LogArchived(ILogger logger, string sessionId, long bytes);
}

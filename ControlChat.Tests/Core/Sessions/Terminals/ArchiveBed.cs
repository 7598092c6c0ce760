using System.Buffers;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>One process of a hub that archives transcripts of terminals: its disk is its own, the database may be others' too.</summary>
internal sealed class ArchiveBed : IDisposable
{
    private readonly HubDatabase _database;
    private readonly HubPaths _paths;

    public ArchiveBed(HubDatabase database, string directory, TimeProvider time, bool archives = true)
    {
        _database = database;
        _paths = new HubPaths(directory, $"{directory}-w", $"{directory}-w/local", $"{directory}-c");
        Archive = new TerminalArchive(database);
        Places = new RecordPlaces(_paths, Archive);
        Settings.Current = new HubOptions { Sessions = new SessionsSection { ArchiveTranscripts = archives, TranscriptDays = 7 } };
        Ready = new TranscriptReady(database, new SessionStore(), new WebhookOutbox(TranscriptBench.Webhooks, new WebhookStore()));
        Shelf = new TranscriptShelf(database, Settings);
        Archiver = new TerminalArchiver(Archive, Ready, Settings, _paths, time, new CapturingLogger<TerminalArchiver>());
    }

    public TestSettings Settings { get; } = new();

    public TerminalArchive Archive { get; }

    public RecordPlaces Places { get; }

    public TranscriptReady Ready { get; }

    public TranscriptShelf Shelf { get; }

    public TerminalArchiver Archiver { get; }

    public string FolderOf(string id) => Path.Combine(_paths.Transcripts, id);

    /// <summary>All that is on its disk.</summary>
    public byte[] File(string id) => [.. TranscriptFile.Parts(FolderOf(id)).SelectMany(System.IO.File.ReadAllBytes)];

    public void Prune(string id) => Directory.Delete(FolderOf(id), recursive: true);

    /// <summary>A terminal that has ended, with its transcript in files of 1.5 MiB each on this disk.</summary>
    public async Task<string> EndedAsync(int megabytes, string workspace = "ws_1")
    {
        var id = await OpenAsync(megabytes, workspace);
        await SessionBench.EndAsync(_database, id);
        return id;
    }

    public async Task<string> OpenAsync(int megabytes, string workspace = "ws_1")
    {
        var asked = SessionBench.Asked(workspace: workspace) with { Mode = SessionMode.Terminal, Command = """["bash"]""" };
        var (session, _) = await SessionBench.StartedAsync(_database, asked);
        await WriteAsync(session.Id, Story(megabytes));
        return session.Id;
    }

    public async Task WriteAsync(string id, IEnumerable<TerminalFrame> frames)
    {
        using var file = await TranscriptFile.OpenAsync(FolderOf(id), default, 3 * 512 * 1024);
        var line = new ArrayBufferWriter<byte>();
        foreach (var frame in frames)
        {
            line.ResetWrittenCount();
            TerminalLine.Write(line, frame);
            file.Append(line.WrittenSpan, frame.Seq, frame.Type == TerminalFrames.Ended);
        }
    }

    public async Task<SessionTranscript> TranscriptAsync(string id) => new(
        await SessionBench.ReadAsync(_database, id), FolderOf(id), () => throw new InvalidOperationException("a terminal has no rows"), cancellationToken => Places.OfAsync(id, cancellationToken));

    public async Task<byte[]> BytesAsync(string id, Func<SessionTranscript, Stream, Task>? write = null)
    {
        using var all = new MemoryStream();
        var transcript = await TranscriptAsync(id);
        await (write?.Invoke(transcript, all) ?? transcript.WriteRecordsAsync(all, default));
        return all.ToArray();
    }

    /// <summary>State, and how many pieces there are; null: nothing of it.</summary>
    public async Task<(string State, long Pieces)?> StateAsync(string id)
    {
        await using var reader = await _database.ReadAsync(default);
        var state = await reader.FindAsync<string>("select state from terminal_archives where session_id = @id", new { id }, default);
        var pieces = await reader.FindAsync<long>("select count(*) from terminal_archive_pieces where session_id = @id", new { id }, default);
        return state is null ? pieces == 0 ? null : ("orphans", pieces) : (state, pieces);
    }

    public void Dispose() => Archiver.Dispose();

    // Printed bytes that cannot be packed.
    private static IEnumerable<TerminalFrame> Story(int megabytes)
    {
        var random = new Random(7);
        yield return RecordBed.Other(1, TerminalFrames.Resize, """{"cols":90,"rows":25}""");
        yield return RecordBed.In(2, "l");
        long seq = 2;
        for (var left = megabytes * 16; left > 0; left--)
        {
            var bytes = new byte[48 * 1024];
            random.NextBytes(bytes);
            yield return RecordBed.Out(++seq, bytes);
        }
        yield return RecordBed.Out(++seq, "the last line\r\n");
        yield return RecordBed.Ended(++seq);
    }
}

using System.Runtime.CompilerServices;
using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Sessions.Terminals.Records;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>The transcript of one session up to the moment it was asked for: from its file where that is here and whole, else from its rows, and the same
/// bytes either way. A terminal has no rows: its file, as far as it is here, or the archive's copy of it is all there is.</summary>
public sealed class SessionTranscript
{
    private const string Archive = "archive";
    private readonly string _folder;
    private readonly Func<TranscriptSource> _rows;
    private readonly Func<CancellationToken, Task<IRecordParts>> _place;

    /// <param name="place">Where a terminal's is read; null: in its folder.</param>
    internal SessionTranscript(Session session, string folder, Func<TranscriptSource> rows, Func<CancellationToken, Task<IRecordParts>>? place = null) =>
        (Session, _folder, _rows, _place) = (session, folder, rows, place ?? (_ => Task.FromResult<IRecordParts>(new FileParts(folder))));

    public Session Session { get; }

    /// <summary>Its time on the shelf is over: there is none any more.</summary>
    public bool IsRemoved => Session.TranscriptRemovedAt is not null;

    /// <summary>It is a terminal's: frames, with a sequence of their own.</summary>
    public bool IsTerminal => Session.Mode == SessionMode.Terminal;

    /// <summary>A terminal's frames behind a sequence; none for a chat.</summary>
    /// <exception cref="IOException">The file cannot be read, or the archive's copy is damaged.</exception>
    public async IAsyncEnumerable<TerminalFrame> FramesAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!IsTerminal) yield break;
        await foreach (var frame in RecordReader.ReadAsync(await _place(cancellationToken), after, cancellationToken)) yield return frame;
    }

    /// <summary>Looks whether it can be given out to its end, before any of it is: at an archive's copy, of which nothing damaged is given out.</summary>
    /// <exception cref="TranscriptDamagedException">It cannot.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (IsTerminal && await _place(cancellationToken) is ArchiveParts archive) await archive.CheckAsync(cancellationToken);
    }

    /// <summary>A terminal's, for players: asciicast v2.</summary>
    /// <exception cref="InvalidOperationException">It is a chat's.</exception>
    public Task WriteCastAsync(Stream output, CancellationToken cancellationToken) =>
        IsTerminal ? new TerminalCast(Session).WriteAsync(FramesAsync(0, cancellationToken), output, cancellationToken) : throw new InvalidOperationException("Only a terminal can be played.");

    /// <summary>Where about the last so many bytes of a terminal's records begin: behind this sequence; 0: they are all.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal async Task<long> TailAsync(long bytes, CancellationToken cancellationToken) => await RecordTail.BeforeAsync(await _place(cancellationToken), bytes, cancellationToken);

    /// <summary>The records, one a line.</summary>
    public Task WriteRecordsAsync(Stream output, CancellationToken cancellationToken) => WriteRecordsAsync(output, 0, cancellationToken);

    /// <summary>The records behind a sequence, one a line.</summary>
    public async Task WriteRecordsAsync(Stream output, long after, CancellationToken cancellationToken)
    {
        await foreach (var line in LinesAsync(cancellationToken))
            if (after == 0 || TerminalLine.SeqOf(line.Span) > after) await output.WriteAsync(line, cancellationToken);
    }

    /// <summary>The same for people, as Markdown.</summary>
    public async Task WriteMarkdownAsync(Stream output, CancellationToken cancellationToken)
    {
        if (IsTerminal)
        {
            await TerminalMarkdown.WriteAsync(Session, FramesAsync(0, cancellationToken), output, cancellationToken);
            return;
        }
        var markdown = new TranscriptMarkdown();
        await output.WriteAsync(Encoding.UTF8.GetBytes(TranscriptMarkdown.Head(Session)), cancellationToken);
        await foreach (var line in LinesAsync(cancellationToken))
            if (TranscriptLine.Read(TranscriptLine.Record(line.Span[..^1])) is { } stored) await output.WriteAsync(Encoding.UTF8.GetBytes(markdown.Of(stored)), cancellationToken);
    }

    /// <summary>The same as one JSON document: <c>{"session":"ags_…","workspace":"ws_…","records":[{seq, at, type, data}, …]}</c>.</summary>
    public async Task WriteJsonAsync(Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(Encoding.UTF8.GetBytes($"{{\"session\":\"{Session.Id}\",\"workspace\":\"{Session.WorkspaceId}\",\"records\":["), cancellationToken);
        var separator = "\n"u8.ToArray();
        await foreach (var line in LinesAsync(cancellationToken))
        {
            await output.WriteAsync(separator, cancellationToken);
            await output.WriteAsync(Record(line), cancellationToken);
            separator = ",\n"u8.ToArray();
        }
        await output.WriteAsync("\n]}\n"u8.ToArray(), cancellationToken);
    }

    /// <summary>Checks the file that is here against itself and the rows.</summary>
    public async Task<TranscriptVerdict> VerifyAsync(CancellationToken cancellationToken)
    {
        if (IsTerminal) return await VerifyTerminalAsync(cancellationToken);
        var parts = new FileParts(_folder);
        if (parts.Count == 0) return await VerifyRowsAsync(cancellationToken);
        var rows = _rows();
        var verdict = await TranscriptVerifier.VerifyAsync(parts, () => rows.ReadAsync(0, long.MaxValue, cancellationToken), !Session.HasEnded, cancellationToken);
        return verdict.Ok && Session.HasEnded && verdict.LastSeq < Session.LastSeq ? TranscriptVerdict.Bad(verdict.LastSeq, "truncated") : verdict;
    }

    private async Task<TranscriptVerdict> VerifyTerminalAsync(CancellationToken cancellationToken)
    {
        try
        {
            var parts = await _place(cancellationToken);
            var own = await TranscriptVerifier.VerifyAsync(parts, null, !Session.HasEnded, cancellationToken);
            if (parts is not FileParts) return own with { Source = Archive };
            // A complete one has no lock any more.
            return own.Ok && Session.HasEnded && TranscriptFile.IsOpen(_folder) ? TranscriptVerdict.Bad(own.LastSeq, "truncated") with { Records = own.Records } : own;
        }
        catch (TranscriptDamagedException)
        {
            return TranscriptVerdict.Bad(0, "archive_damaged") with { Source = Archive };
        }
    }

    private async Task<TranscriptVerdict> VerifyRowsAsync(CancellationToken cancellationToken)
    {
        long last = 0;
        await foreach (var entry in _rows().ReadAsync(0, Session.LastSeq, cancellationToken))
        {
            if (entry.Seq != last + 1) break;
            last = entry.Seq;
        }
        return (last == Session.LastSeq ? TranscriptVerdict.Good(last) : TranscriptVerdict.Bad(last, "gap")) with { Source = "rows" };
    }

    // Each is good until the next one.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (IsTerminal)
        {
            await foreach (var line in FromAsync(await _place(cancellationToken), long.MaxValue, cancellationToken)) yield return line;
            yield break;
        }
        var here = await WholeAsync(cancellationToken);
        await foreach (var line in FromAsync(new FileParts(_folder), here, cancellationToken)) yield return line;
        await foreach (var entry in _rows().ReadAsync(here, Session.LastSeq, cancellationToken)) yield return entry.Line;
    }

    /// <returns>Up to which sequence the file can be trusted; 0: not at all.</returns>
    private async Task<long> WholeAsync(CancellationToken cancellationToken)
    {
        TranscriptVerdict verdict;
        try
        {
            verdict = await TranscriptVerifier.VerifyAsync(new FileParts(_folder), null, isOpen: true, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The rows have it all.
            return 0;
        }
        // More than there was a moment ago is no fault while it is written; more than there is of a session that has ended is another's file.
        return !verdict.Ok || (Session.HasEnded && verdict.LastSeq > Session.LastSeq) ? 0 : Math.Min(verdict.LastSeq, Session.LastSeq);
    }

    private static ReadOnlyMemory<byte> Record(ReadOnlyMemory<byte> line)
    {
        var length = TranscriptLine.Record(line.Span[..^1]).Length;
        // It is the last of its line, before the brace and the line feed.
        return length == 0 ? default : line.Slice(line.Length - 2 - length, length);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> FromAsync(IRecordParts parts, long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long given = 0;
        for (var part = 0; part < parts.Count && given < until; part++)
        {
            await using var source = await parts.OpenAsync(part, cancellationToken);
            var lines = new TranscriptLines(source);
            while (given < until && await lines.NextAsync(cancellationToken))
            {
                if (!lines.IsWhole) break;
                given++;
                yield return lines.Raw;
            }
        }
    }
}

using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Checks transcripts record by record: length, checksum, order, and that each tells what the database does.</summary>
public static class TranscriptVerifier
{
    /// <summary>A transcript as it was downloaded. Its end is where the file says: what is missing behind it nobody can tell.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Task<TranscriptVerdict> VerifyAsync(string path, CancellationToken cancellationToken) => VerifyAsync(new FileParts([path]), null, isOpen: false, cancellationToken);

    /// <param name="parts">The parts of one transcript, in order.</param>
    /// <param name="rows">What each line should be, when that is to be compared; asked again it goes on where it was left.</param>
    /// <param name="isOpen">It is being written: a last line that breaks off is under way.</param>
    internal static async Task<TranscriptVerdict> VerifyAsync(IRecordParts parts, Func<IAsyncEnumerable<TranscriptEntry>>? rows, bool isOpen, CancellationToken cancellationToken)
    {
        long last = 0, records = 0;
        await using var expected = rows is null ? null : new Expected(rows, cancellationToken);
        for (var part = 0; part < parts.Count; part++)
        {
            await using var source = await parts.OpenAsync(part, cancellationToken);
            var lines = new TranscriptLines(source);
            while (await lines.NextAsync(cancellationToken))
            {
                if (!lines.IsWhole) return (isOpen ? TranscriptVerdict.Good(last) : TranscriptVerdict.Bad(last, "torn")) with { Records = records };
                if (Problem(lines.Line, last, out var seq) is { } problem) return TranscriptVerdict.Bad(last, problem) with { Records = records };
                if (expected is not null && (await expected.NextAsync() is not { } row || !lines.Line.SequenceEqual(row.Line.AsSpan()[..^1]))) return TranscriptVerdict.Bad(last, "differs");
                last = seq;
                records++;
            }
        }
        return TranscriptVerdict.Good(last) with { Records = records };
    }

    private static string? Problem(ReadOnlySpan<byte> line, long last, out long seq)
    {
        var isEvent = TranscriptRecord.TryRead(TranscriptLine.Record(line), out var read);
        seq = read.Seq;
        if (!isEvent) return "record_changed";
        return First(read) > last + 1 ? "gap" : seq <= last ? "order" : null;
    }

    // A terminal's record of a gap stands for all that is missing.
    private static long First(TranscriptRecord read) => read.Type == TerminalFrames.Gap ? TerminalLine.First(new TerminalFrame(read.Seq, read.At, read.Type, read.Data.ToArray())) : read.Seq;

    private sealed class Expected(Func<IAsyncEnumerable<TranscriptEntry>> rows, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private IAsyncEnumerator<TranscriptEntry> _rows = rows().GetAsyncEnumerator(cancellationToken);

        public async ValueTask<TranscriptEntry?> NextAsync()
        {
            if (await _rows.MoveNextAsync()) return _rows.Current;
            // A record is written after its row: what came to the file since the rows were read is in them by now.
            await _rows.DisposeAsync();
            _rows = rows().GetAsyncEnumerator(cancellationToken);
            return await _rows.MoveNextAsync() ? _rows.Current : null;
        }

        public ValueTask DisposeAsync() => _rows.DisposeAsync();
    }
}

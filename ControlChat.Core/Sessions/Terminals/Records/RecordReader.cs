using System.Runtime.CompilerServices;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Reads a terminal's transcript while it may be written: one record at a time is in memory.</summary>
internal static class RecordReader
{
    /// <summary>What is there behind a sequence, in order. What is missing between two records, or not as it was written, is a gap.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async IAsyncEnumerable<TerminalFrame> ReadAsync(IRecordParts parts, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = after;
        for (var number = await FirstAsync(parts, after, cancellationToken); number < parts.Count; number++)
        {
            await using var source = await parts.OpenAsync(number, cancellationToken);
            var lines = new TranscriptLines(source);
            while (await lines.NextAsync(cancellationToken))
            {
                // The last one may be under way.
                if (!lines.IsWhole) break;
                if (TerminalLine.SeqOf(lines.Line) <= last || TerminalLine.Read(lines.Line) is not { } frame || frame.Seq <= last) continue;
                var first = Math.Max(TerminalLine.First(frame), last + 1);
                if (first > last + 1) yield return TerminalLine.Gap(last + 1, first - 1, frame.At);
                last = frame.Seq;
                yield return frame.Type == TerminalFrames.Gap ? TerminalLine.Gap(first, frame.Seq, frame.At) : frame;
            }
        }
    }

    /// <summary>Of the last whole record; 0: there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<long> LastSeqAsync(IRecordParts parts, CancellationToken cancellationToken)
    {
        var last = 0L;
        for (var number = parts.Count - 1; number >= 0 && last == 0; number--)
        {
            await using var source = await parts.OpenAsync(number, cancellationToken);
            var lines = new TranscriptLines(source);
            while (await lines.NextAsync(cancellationToken))
                if (lines.IsWhole) last = Math.Max(last, TerminalLine.SeqOf(lines.Line));
        }
        return last;
    }

    // The last part that begins at or before what is asked for.
    private static async Task<int> FirstAsync(IRecordParts parts, long after, CancellationToken cancellationToken)
    {
        var (low, high) = (0, parts.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            await using var source = await parts.OpenAsync(middle, cancellationToken);
            var lines = new TranscriptLines(source);
            var begins = await lines.NextAsync(cancellationToken) && TerminalLine.Read(lines.Line) is { } frame ? TerminalLine.First(frame) : 0;
            if (begins > 0 && begins <= after + 1) low = middle;
            else high = middle - 1;
        }
        return low;
    }
}

using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>A terminal's transcript as readable lines, page by page, for those who may see it.</summary>
public sealed class TerminalReading(SessionTranscripts transcripts)
{
    /// <summary>Lines of a page at most.</summary>
    public const int MostLines = 1000;

    /// <summary>Longest text to look for, in characters.</summary>
    public const int MostText = SessionSearch.MostText;

    // Looked through for one page.
    private const long MostBytes = 8 * 1024 * 1024;

    // Of the end, to begin with.
    private const long FirstLook = 128 * 1024;
    private const long FirstFrames = 2_000;

    /// <summary>Lines behind a place, in order.</summary>
    /// <param name="limit">1-1000.</param>
    /// <returns>Null: there is no such terminal, it may not be seen, or its transcript is not kept any more.</returns>
    /// <exception cref="IOException">The transcript cannot be read now.</exception>
    public Task<LinePage?> PageAsync(Principal principal, string id, LineCursor after, int limit, CancellationToken cancellationToken) => ReadAsync(principal, id, null, after, limit, cancellationToken);

    /// <summary>Lines behind a place with this text in them, whatever its case; a bounded part of them is looked through, so a page may be empty and yet have a next one.</summary>
    /// <param name="limit">1-1000.</param>
    /// <returns>Null: there is no such terminal, it may not be seen, or its transcript is not kept any more.</returns>
    /// <exception cref="IOException">The transcript cannot be read now.</exception>
    public Task<LinePage?> FindAsync(Principal principal, string id, string text, LineCursor after, int limit, CancellationToken cancellationToken) => ReadAsync(principal, id, text, after, limit, cancellationToken);

    /// <summary>Where the page of so many lines before a place begins; without a place, the last page. Of a terminal whose lines are few and far between, a bounded part is looked at.</summary>
    /// <param name="limit">1-1000.</param>
    /// <returns>Null: there is no such terminal, it may not be seen, or its transcript is not kept any more.</returns>
    /// <exception cref="IOException">The transcript cannot be read now.</exception>
    public async Task<LineCursor?> BeforeAsync(Principal principal, string id, LineCursor? place, int limit, CancellationToken cancellationToken)
    {
        if (await transcripts.FindAsync(principal, id, cancellationToken) is not { IsRemoved: false, IsTerminal: true } transcript) return null;
        for (var (bytes, frames) = (FirstLook, FirstFrames); ; (bytes, frames) = (bytes * 8, frames * 8))
        {
            var from = place is { } known ? Math.Max(0, known.Seq - frames) : await transcript.TailAsync(bytes, cancellationToken);
            var begins = await BeginOf(transcript.FramesAsync(from, cancellationToken), from, place, Math.Clamp(limit, 1, MostLines));
            if (begins.IsWhole || from == 0 || bytes >= MostBytes) return begins.At;
        }
    }

    /// <param name="frames">Those behind <paramref name="from"/>.</param>
    /// <returns>Whether there are as many lines as wanted from there on.</returns>
    internal static async Task<(LineCursor At, bool IsWhole)> BeginOf(IAsyncEnumerable<TerminalFrame> frames, long from, LineCursor? place, int limit)
    {
        var (starts, reading, passed) = (new LineStarts(from, limit), new TerminalText(), 0);
        var end = place ?? new LineCursor(long.MaxValue, 0);
        TerminalFrame? last = null;
        await foreach (var frame in frames)
        {
            var isBehind = frame.Seq > end.Seq;
            if (isBehind && passed >= end.Lines) break;
            last = frame;
            foreach (var _ in reading.Push(frame))
                if (!isBehind || passed++ < end.Lines) starts.Pass();
            if (reading.IsClean) starts.Begin(frame.Seq);
        }
        // What stands there without an end is a line of the last page.
        if (place is null && last is not null)
            foreach (var _ in reading.Finish(last)) starts.Pass();
        return (starts.First, starts.IsWhole);
    }

    private async Task<LinePage?> ReadAsync(Principal principal, string id, string? text, LineCursor after, int limit, CancellationToken cancellationToken) =>
        await transcripts.FindAsync(principal, id, cancellationToken) is { IsRemoved: false, IsTerminal: true } transcript
            ? await PageOf(transcript.FramesAsync(after.Seq, cancellationToken), text, after, Math.Clamp(limit, 1, MostLines))
            : null;

    /// <param name="frames">Those behind the place.</param>
    internal static async Task<LinePage> PageOf(IAsyncEnumerable<TerminalFrame> frames, string? text, LineCursor after, int limit)
    {
        var (items, reading, clean, lines, read) = (new List<ReadableLine>(), new TerminalText(), after.Seq, 0, 0L);
        TerminalFrame? last = null;
        await foreach (var frame in frames)
        {
            last = frame;
            foreach (var line in reading.Push(frame))
            {
                if (++lines <= after.Lines || !Holds(line, text)) continue;
                items.Add(line);
                if (items.Count == limit) return new LinePage(items, new LineCursor(clean, lines));
            }
            read += frame.Data.Length;
            if (!reading.IsClean) continue;
            (clean, lines, after) = (frame.Seq, 0, default);
            if (read >= MostBytes) return new LinePage(items, new LineCursor(clean, 0));
        }
        foreach (var line in last is null ? [] : reading.Finish(last))
        {
            if (++lines <= after.Lines || !Holds(line, text)) continue;
            if (items.Count == limit) return new LinePage(items, new LineCursor(clean, lines - 1));
            items.Add(line);
        }
        return new LinePage(items, null);
    }

    private static bool Holds(ReadableLine line, string? text) => text is null || line.Text.Contains(text, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Next">Where the next page begins; null: this was the last one for now.</param>
public sealed record LinePage(IReadOnlyList<ReadableLine> Items, LineCursor? Next);

using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Where the end of a terminal's transcript begins.</summary>
internal static class RecordTail
{
    /// <returns>The sequence behind which about so many bytes of records are; 0: all of them.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<long> BeforeAsync(IRecordParts parts, long bytes, CancellationToken cancellationToken)
    {
        for (var number = parts.Count - 1; number >= 0; number--)
        {
            await using var source = await parts.OpenAsync(number, cancellationToken);
            // What cannot be looked at from its end is taken whole.
            if (source.CanSeek && source.Length > bytes) return await FirstBehindAsync(source, source.Length - bytes, cancellationToken) - 1;
            bytes -= source.CanSeek ? source.Length : bytes;
            if (bytes > 0 || number == 0) continue;
            return Math.Max(1, await FirstBehindAsync(source, 0, cancellationToken)) - 1;
        }
        return 0;
    }

    private static async Task<long> FirstBehindAsync(Stream source, long place, CancellationToken cancellationToken)
    {
        if (place > 0) source.Seek(place, SeekOrigin.Begin);
        var lines = new TranscriptLines(source);
        // The one that was cut.
        if (place > 0) await lines.NextAsync(cancellationToken);
        while (await lines.NextAsync(cancellationToken))
            if (TerminalLine.Read(lines.Line) is { } frame) return TerminalLine.First(frame);
        return 1;
    }
}

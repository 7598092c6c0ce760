using System.Runtime.CompilerServices;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Reads objects from a stream of lines. Nothing in it ends the reading: what is no object is told of and skipped.</summary>
internal static class JsonLines
{
    /// <summary>Bytes of the longest line that is read; a longer one is skipped to its end. 32 MiB hold a file of 10 MiB with every
    /// character escaped, which is more than a tool of the hub takes.</summary>
    public const int MostBytes = 32 * 1024 * 1024;

    public static async IAsyncEnumerable<JsonLine> ReadAsync(ReadBytes source, [EnumeratorCancellation] CancellationToken cancellationToken, int most = MostBytes)
    {
        var lines = new LineReader(source, most);
        var pieces = new JsonPieces();
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            if (line.Skipped > 0)
            {
                if (pieces.End() is { } open) yield return open;
                yield return new JsonLine.Fault($"a line of {line.Skipped} bytes, more than {most}", JsonPieces.Head(line.Bytes.Span), line.Skipped);
                continue;
            }
            foreach (var found in pieces.Take(line.Bytes.Span)) yield return found;
        }
        if (pieces.End() is { } rest) yield return rest;
    }
}

using System.Text.Json;

namespace ControlChat.Core.Logs.Sqlite;

/// <summary>One line of a log file as a row of the index.</summary>
internal sealed record IndexedLine(
    string At, int Level, string Message, string? Event, string Category, string? RunId, string? ConversationId, string? Agent, string? Tool, string? TraceId, string? Exception);

/// <summary>Reads whole lines of a log file from a position on. What is no line of ours is passed over.</summary>
internal static class LogFileReader
{
    // Longer than any line the writer makes; more than that without a line feed is garbage.
    private const int Chunk = 1024 * 1024;

    /// <returns>The lines of the next chunk, and where the one after it begins; the same position when there is nothing new.</returns>
    public static (List<IndexedLine> Lines, long Position) Read(string path, long position)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        // A file that became shorter is another one: from the beginning.
        if (file.Length < position) position = 0;
        file.Position = position;
        var buffer = new byte[(int)Math.Min(Chunk, file.Length - position)];
        var count = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var end = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        if (end == 0) return ([], count == Chunk ? position + count : position);
        return ([.. Lines(buffer.AsMemory(0, end))], position + end);
    }

    private static IEnumerable<IndexedLine> Lines(ReadOnlyMemory<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.Span.IndexOf((byte)'\n');
            if (Parse(text[..end]) is { } line) yield return line;
            text = text[(end + 1)..];
        }
    }

    private static IndexedLine? Parse(ReadOnlyMemory<byte> line)
    {
        if (line.IsEmpty) return null;
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return Text("timestamp") is { } at && Text("level") is { } level && LogLevels.Rank(level) is >= 0 and var rank
                ? new IndexedLine(at, rank, Text("message") ?? "", Text("event"), Text("category") ?? "", Text("run_id"), Text("conversation_id"), Text("agent"), Text("tool"), Text("trace_id"), Text("exception"))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

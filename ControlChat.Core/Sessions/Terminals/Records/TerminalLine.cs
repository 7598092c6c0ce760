using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Frames as records of a transcript, and back.</summary>
internal static class TerminalLine
{
    private const int HeadRoom = 64;

    private static ReadOnlySpan<byte> Data => "data"u8;

    /// <summary>Appends the line of a frame whose data is clean, with its line feed.</summary>
    public static void Write(ArrayBufferWriter<byte> output, TerminalFrame frame)
    {
        var isOut = frame.Type == TerminalFrames.Out;
        var data = frame.Data.Span;
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{frame.Seq}},"at":"{{Timestamps.Format(frame.At)}}","type":"{{frame.Type}}","data":"""));
        var bytes = isOut ? Base64.GetMaxEncodedToUtf8Length(data.Length) + 11 : data.Length;
        // The record is put together where it will stand; what comes before it has at most so many bytes.
        var room = output.GetSpan(HeadRoom + head.Length + bytes + 8);
        var record = room[HeadRoom..];
        head.CopyTo(record);
        var at = head.Length;
        if (isOut)
        {
            "{\"data\":\""u8.CopyTo(record[at..]);
            at += 9;
            Base64.EncodeToUtf8(data, record[at..], out _, out var written);
            at += written;
            "\"}"u8.CopyTo(record[at..]);
            at += 2;
        }
        else
        {
            data.CopyTo(record[at..]);
            at += data.Length;
        }
        record[at++] = (byte)'}';
        var start = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"len":{{at}},"crc":"{{Crc32C.Of(record[..at]):x8}}","rec":"""));
        start.CopyTo(room);
        record[..at].CopyTo(room[start.Length..]);
        room[start.Length + at] = (byte)'}';
        room[start.Length + at + 1] = (byte)'\n';
        output.Advance(start.Length + at + 2);
    }

    /// <param name="line">Without its line feed.</param>
    /// <returns>Null: it is no record of ours, or not as it was written.</returns>
    public static TerminalFrame? Read(ReadOnlySpan<byte> line)
    {
        if (!TranscriptRecord.TryRead(TranscriptLine.Record(line), out var read)) return null;
        if (read.Type != TerminalFrames.Out) return new TerminalFrame(read.Seq, read.At, read.Type, read.Data.ToArray());
        return Printed(read.Data) is { } printed ? new TerminalFrame(read.Seq, read.At, read.Type, printed) : null;
    }

    /// <summary>The sequence of a line, without a look at the rest of it; 0: there is none.</summary>
    public static long SeqOf(ReadOnlySpan<byte> line)
    {
        var mark = "\"rec\":{\"seq\":"u8;
        var at = line[..Math.Min(line.Length, HeadRoom)].IndexOf(mark);
        return at >= 0 && Utf8Parser.TryParse(line[(at + mark.Length)..], out long seq, out _) ? seq : 0;
    }

    /// <summary>The first frame a record stands for: of a gap, of all it stands for.</summary>
    public static long First(TerminalFrame frame) => frame.Type == TerminalFrames.Gap && Json(frame)?["from"]?.GetValue<long>() is { } from ? from : frame.Seq;

    /// <summary>What the JSON of a frame tells; null: it is none.</summary>
    public static JsonObject? Json(TerminalFrame frame)
    {
        try
        {
            return JsonNode.Parse(frame.Data.Span) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static TerminalFrame Gap(long from, long to, DateTimeOffset at) =>
        new(to, at, TerminalFrames.Gap, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"from":{{from}},"to":{{to}}}""")));

    // From its letters to its bytes, without a text in between.
    private static byte[]? Printed(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
            {
                var isData = reader.ValueTextEquals(Data);
                reader.Read();
                if (isData) return reader.GetBytesFromBase64();
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}

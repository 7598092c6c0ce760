using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>
/// One record of a transcript, as it stands on disk and goes out: <c>{"len":N,"crc":"0123abcd","rec":{"seq":1,"at":"…","type":"…","data":{…}}}</c>.
/// <c>len</c> and <c>crc</c> (CRC-32C, lower-case hex) are over the bytes of <c>rec</c>, exactly as they stand there.
/// </summary>
internal static class TranscriptLine
{
    private static ReadOnlySpan<byte> Head => "{\"len\":"u8;

    private static ReadOnlySpan<byte> Middle => ",\"crc\":\""u8;

    private static ReadOnlySpan<byte> Last => "\",\"rec\":"u8;

    /// <summary>The line with its line feed.</summary>
    /// <param name="data">A JSON object on one line.</param>
    public static byte[] Write(long seq, DateTimeOffset at, string type, string data)
    {
        var record = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{seq}},"at":"{{Timestamps.Format(at)}}","type":"{{type}}","data":{{data}}}"""));
        var head = string.Create(CultureInfo.InvariantCulture, $$"""{"len":{{record.Length}},"crc":"{{Crc32C.Of(record):x8}}","rec":""");
        return [.. Encoding.UTF8.GetBytes(head), .. record, (byte)'}', (byte)'\n'];
    }

    /// <returns>The bytes of <c>rec</c>; empty: the line is none of ours, or not as it was written.</returns>
    /// <param name="line">Without its line feed.</param>
    public static ReadOnlySpan<byte> Record(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Head)) return default;
        var rest = line[Head.Length..];
        if (!Utf8Parser.TryParse(rest, out int length, out var digits) || length <= 0) return default;
        rest = rest[digits..];
        if (!rest.StartsWith(Middle) || rest.Length < Middle.Length + 8) return default;
        var crc = rest.Slice(Middle.Length, 8);
        rest = rest[(Middle.Length + 8)..];
        if (!rest.StartsWith(Last) || rest.Length != Last.Length + length + 1 || rest[^1] != (byte)'}') return default;
        var record = rest.Slice(Last.Length, length);
        return crc.SequenceEqual(Encoding.ASCII.GetBytes(Crc32C.Of(record).ToString("x8", CultureInfo.InvariantCulture))) ? record : default;
    }

    /// <returns>What a record tells; null: it is no event, though its checksum is right.</returns>
    public static StoredSessionEvent? Read(ReadOnlySpan<byte> record) => TranscriptRecord.TryRead(record, out var read)
        ? new StoredSessionEvent { Seq = read.Seq, At = read.At, Type = read.Type, Data = Encoding.UTF8.GetString(read.Data) }
        : null;
}

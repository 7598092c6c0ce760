using System.Text.Json;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>What a record of a transcript tells, where it stands: a record of a terminal's flood is large, and most who read it need its head alone.</summary>
internal readonly ref struct TranscriptRecord
{
    private TranscriptRecord(long seq, DateTimeOffset at, string type, ReadOnlySpan<byte> data)
    {
        (Seq, At, Type) = (seq, at, type);
        Data = data;
    }

    public long Seq { get; }

    public DateTimeOffset At { get; }

    public string Type { get; }

    /// <summary>A JSON value, as it is written.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <param name="record">The bytes of <c>rec</c>.</param>
    /// <returns>False: it is no event.</returns>
    public static bool TryRead(ReadOnlySpan<byte> record, out TranscriptRecord read)
    {
        read = default;
        if (record.IsEmpty) return false;
        try
        {
            read = Read(record);
            return read is { Seq: > 0, Type: not null, Data.IsEmpty: false };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static TranscriptRecord Read(ReadOnlySpan<byte> record)
    {
        long seq = 0;
        DateTimeOffset? at = null;
        string? type = null;
        ReadOnlySpan<byte> data = default;
        var reader = new Utf8JsonReader(record);
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            var name = reader.ValueSpan;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (name.SequenceEqual("seq"u8)) seq = reader.GetInt64();
            else if (name.SequenceEqual("at"u8)) at = Timestamps.Parse(reader.GetString()!);
            else if (name.SequenceEqual("type"u8)) type = reader.GetString();
            reader.Skip();
            if (name.SequenceEqual("data"u8)) data = record[start..(int)reader.BytesConsumed];
        }
        return new TranscriptRecord(seq, at ?? throw new FormatException("It has no time."), type!, data);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ControlChat.Core.Files;

/// <summary>How the bytes of a file are text: by their byte order mark, else UTF-8 or none at all.</summary>
internal sealed record TextEncoding(string Name, int MarkLength, int Unit, Encoding Decoder)
{
    private static readonly TextEncoding _plain = new("utf-8", 0, 1, new UTF8Encoding(false, true));
    private static readonly TextEncoding _marked = new("utf-8-bom", 3, 1, new UTF8Encoding(false, true));
    private static readonly TextEncoding _little = new("utf-16le", 2, 2, new UnicodeEncoding(false, false, true));
    private static readonly TextEncoding _big = new("utf-16be", 2, 2, new UnicodeEncoding(true, false, true));

    public static TextEncoding Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("\uFEFF"u8)) return _marked;
        if (head.StartsWith([(byte)0xFF, (byte)0xFE])) return _little;
        return head.StartsWith([(byte)0xFE, (byte)0xFF]) ? _big : _plain;
    }

    /// <summary>Bytes at the beginning that belong to a character that began before.</summary>
    public int Before(ReadOnlySpan<byte> part)
    {
        if (Unit == 2) return part.Length >= 2 && char.IsLowSurrogate(At(part, 0)) ? 2 : 0;
        var skipped = 0;
        while (skipped < 3 && skipped < part.Length && (part[skipped] & 0xC0) == 0x80) skipped++;
        return skipped;
    }

    /// <summary>Bytes at the end that begin a character which goes on behind them.</summary>
    public int Behind(ReadOnlySpan<byte> part)
    {
        if (Unit == 2)
        {
            var odd = part.Length % 2;
            return part.Length - odd >= 2 && char.IsHighSurrogate(At(part, part.Length - odd - 2)) ? odd + 2 : odd;
        }
        for (var back = 1; back <= Math.Min(3, part.Length); back++)
        {
            if ((part[^back] & 0xC0) == 0x80) continue;
            return Rune.DecodeFromUtf8(part[^back..], out _, out _) == OperationStatus.NeedMoreData ? back : 0;
        }
        return 0;
    }

    /// <returns>Null when it is no text in this encoding.</returns>
    public string? Decode(ReadOnlySpan<byte> part)
    {
        if (Unit == 1 && (part.Contains((byte)0) || !Utf8.IsValid(part))) return null;
        try
        {
            var text = Decoder.GetString(part);
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private char At(ReadOnlySpan<byte> part, int at) =>
        (char)(ReferenceEquals(this, _little) ? part[at] | (part[at + 1] << 8) : (part[at] << 8) | part[at + 1]);
}

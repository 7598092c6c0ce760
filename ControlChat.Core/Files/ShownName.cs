using System.Globalization;
using System.Text;

namespace ControlChat.Core.Files;

/// <summary>
/// The name of a file as text that can be shown on one line and given back: what is not UTF-8 stands as <c>\xFF</c>, what cannot be
/// seen or turns the line round as <c>\u{202E}</c>, a backslash as <c>\\</c>.
/// </summary>
internal static class ShownName
{
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    public static string Of(ReadOnlySpan<byte> name)
    {
        if (!name.ContainsAnyExceptInRange((byte)' ', (byte)'~') && !name.Contains((byte)'\\')) return Encoding.ASCII.GetString(name);
        var text = new StringBuilder(name.Length + 8);
        for (var at = 0; at < name.Length;)
        {
            if (Rune.DecodeFromUtf8(name[at..], out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{name[at++]:X2}");
                continue;
            }
            if (rune.Value == '\\') text.Append("\\\\");
            else if (IsPlain(rune)) text.Append(rune.ToString());
            else text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
            at += length;
        }
        return text.ToString();
    }

    /// <returns>Null when it is not the text of a name: an unknown escape, half a character.</returns>
    public static byte[]? Read(string text)
    {
        try
        {
            if (!text.Contains('\\', StringComparison.Ordinal)) return _strict.GetBytes(text);
            var bytes = new List<byte>(text.Length);
            for (var at = 0; at < text.Length;)
            {
                var next = text.IndexOf('\\', at);
                if (next < 0) next = text.Length;
                bytes.AddRange(_strict.GetBytes(text[at..next]));
                if (next == text.Length) break;
                var length = ReadEscape(text.AsSpan(next), bytes);
                if (length == 0) return null;
                at = next + length;
            }
            return [.. bytes];
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    private static int ReadEscape(ReadOnlySpan<char> text, List<byte> into)
    {
        if (text.StartsWith(@"\\"))
        {
            into.Add((byte)'\\');
            return 2;
        }
        if (text.StartsWith(@"\x") && text.Length >= 4 && byte.TryParse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            into.Add(value);
            return 4;
        }
        var end = text.IndexOf('}');
        if (!text.StartsWith(@"\u{") || end is < 4 or > 9) return 0;
        if (!int.TryParse(text[3..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var scalar) || !Rune.IsValid(scalar)) return 0;
        into.AddRange(Encoding.UTF8.GetBytes(new Rune(scalar).ToString()));
        return end + 1;
    }

    private static bool IsPlain(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}

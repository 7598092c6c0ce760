using System.Buffers;
using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>HTML blocks (CommonMark 0.31.2, section 4.6), by their numbers there.</summary>
internal static class HtmlStarts
{
    public const int Comment = 2;
    public const int Named = 6;
    public const int AnyTag = 7;
    private const int LongestName = 10;

    private static readonly HashSet<string> _verbatim = ["pre", "script", "style", "textarea"];

    private static readonly HashSet<string> _names =
    [
        "address", "article", "aside", "base", "basefont", "blockquote", "body", "caption", "center", "col", "colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "legend", "li", "link",
        "main", "menu", "menuitem", "nav", "noframes", "ol", "optgroup", "option", "p", "param", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "track", "ul",
    ];

    private static readonly SearchValues<byte> _afterValue = SearchValues.Create(" \t\"'=<>`"u8);

    private static readonly byte[][] _verbatimEnds = [[.. "</pre>"u8], [.. "</script>"u8], [.. "</style>"u8], [.. "</textarea>"u8]];

    /// <param name="text">From its first visible byte.</param>
    /// <returns>1 to 7; 0: none begins.</returns>
    public static int Kind(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] != '<') return 0;
        if (text[1] == '!') return Declaration(text);
        if (text[1] == '?') return 3;
        var named = ByName(text);
        return named != 0 || !IsWholeTag(text) ? named : AnyTag;
    }

    private static int ByName(ReadOnlySpan<byte> text)
    {
        var from = text[1] == '/' ? 2 : 1;
        var name = Name(text[from..]);
        if (name.IsEmpty || name.Length > LongestName) return 0;
        var after = text[(from + name.Length)..];
        var ends = after.IsEmpty || after[0] is (byte)' ' or (byte)'\t' or (byte)'>';
        var lower = Encoding.ASCII.GetString(name).ToLowerInvariant();
        if (_verbatim.Contains(lower)) return ends && from == 1 ? 1 : 0;
        return _names.Contains(lower) && (ends || after.StartsWith("/>"u8)) ? Named : 0;
    }

    /// <summary>Whether a block of that kind ends with this line; the kinds 6 and 7 end before a blank one.</summary>
    public static bool Ends(int kind, ReadOnlySpan<byte> line) => kind switch
    {
        1 => EndsVerbatim(line),
        Comment => line.IndexOf("-->"u8) >= 0,
        3 => line.IndexOf("?>"u8) >= 0,
        4 => line.Contains((byte)'>'),
        5 => line.IndexOf("]]>"u8) >= 0,
        _ => false,
    };

    private static int Declaration(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("<!--"u8)) return Comment;
        if (text.StartsWith("<![CDATA["u8)) return 5;
        return text.Length > 2 && IsLetter(text[2]) ? 4 : 0;
    }

    private static bool EndsVerbatim(ReadOnlySpan<byte> line)
    {
        for (var at = line.IndexOf("</"u8); at >= 0;)
        {
            foreach (var end in _verbatimEnds)
            {
                if (line.Length - at >= end.Length && Ascii.EqualsIgnoreCase(line.Slice(at, end.Length), end)) return true;
            }
            var next = line[(at + 1)..].IndexOf("</"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return false;
    }

    /// <summary>A whole opening or closing tag (section 6.6) and nothing behind it.</summary>
    private static bool IsWholeTag(ReadOnlySpan<byte> text)
    {
        var closing = text[1] == '/';
        var at = (closing ? 2 : 1) + Name(text[(closing ? 2 : 1)..]).Length;
        if (at == (closing ? 2 : 1)) return false;
        while (!closing && Attribute(text, ref at))
        {
        }
        SkipSpace(text, ref at);
        if (!closing && at < text.Length && text[at] == '/') at++;
        return at < text.Length && text[at] == '>' && !text[(at + 1)..].ContainsAnyExcept((byte)' ', (byte)'\t');
    }

    private static bool Attribute(ReadOnlySpan<byte> text, ref int at)
    {
        var from = at;
        SkipSpace(text, ref from);
        if (from == at || from >= text.Length || !(IsLetter(text[from]) || text[from] is (byte)'_' or (byte)':')) return false;
        while (from < text.Length && (char.IsAsciiLetterOrDigit((char)text[from]) || text[from] is (byte)'_' or (byte)'.' or (byte)':' or (byte)'-')) from++;
        at = from;
        SkipSpace(text, ref from);
        if (from >= text.Length || text[from] != '=') return true;
        from++;
        SkipSpace(text, ref from);
        var value = from < text.Length ? ValueLength(text[from..]) : 0;
        // A name, then '=' without a value: the tag is none, since nothing that may follow begins with '='.
        if (value > 0) at = from + value;
        return true;
    }

    private static int ValueLength(ReadOnlySpan<byte> text)
    {
        if (text[0] is (byte)'"' or (byte)'\'') return text[1..].IndexOf(text[0]) is var end && end >= 0 ? end + 2 : 0;
        return text.IndexOfAny(_afterValue) is var stop && stop < 0 ? text.Length : stop;
    }

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || !IsLetter(text[0])) return default;
        var length = 1;
        while (length < text.Length && (char.IsAsciiLetterOrDigit((char)text[length]) || text[length] == '-')) length++;
        return text[..length];
    }

    private static void SkipSpace(ReadOnlySpan<byte> text, ref int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t') at++;
    }

    private static bool IsLetter(byte value) => char.IsAsciiLetter((char)value);
}

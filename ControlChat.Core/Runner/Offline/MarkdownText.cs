using System.Globalization;
using System.Text;

namespace ControlChat.Core.Runner.Offline;

/// <summary>Untrusted text inside our Markdown: it shows as it is and can make no link, image, table cell, emphasis or line of its own.</summary>
internal static class MarkdownText
{
    private const int LongestText = 200;

    /// <summary>One line of plain text. Control, bidi and zero-width characters become visible marks.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        var result = new StringBuilder(text.Length + 16);
        var shown = 0;
        Rune previous = default;
        foreach (var rune in text.Trim().EnumerateRunes())
        {
            if (shown++ == LongestText)
            {
                result.Append('…');
                break;
            }
            Append(result, rune, previous);
            previous = rune;
        }
        return result.ToString();
    }

    /// <summary>Escaped, in single quotes.</summary>
    public static string Quote(string? text) => $"'{Escape(text)}'";

    private static void Append(StringBuilder result, Rune rune, Rune previous)
    {
        if (Rune.IsWhiteSpace(rune))
        {
            if (!Rune.IsWhiteSpace(previous)) result.Append(' ');
        }
        else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate)
            result.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
        else
        {
            if (rune.IsAscii && NeedsEscape((char)rune.Value)) result.Append('\\');
            result.Append(rune.ToString());
        }
    }

    // Every ASCII punctuation mark can be escaped; a comma and an apostrophe mean nothing to Markdown.
    private static bool NeedsEscape(char c) => char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && c is not (',' or '\'' or ' ');
}

using System.Globalization;
using System.Text;

namespace ControlChat.Core.Telemetry;

/// <summary>Makes text fit to be logged: redacted, bounded, without characters that act instead of being seen.</summary>
internal static class LogText
{
    // Redaction sees more than is kept, so that a cut never leaves the first half of a secret.
    private const int Looked = 65_536;

    public static string Clean(Redactor redactor, string text, int most)
    {
        var looked = text.Length > Looked ? text[..Looked] : text;
        var clean = redactor.Redact(looked);
        if (clean.Length > most || text.Length > Looked)
            clean = string.Create(CultureInfo.InvariantCulture, $"{clean.AsSpan(0, Math.Min(most, clean.Length))}… ({text.Length} characters)");
        return Visible(clean);
    }

    // Control, bidi and zero-width characters become their own escape, readable in any terminal and any page.
    private static string Visible(string text)
    {
        if (!text.Any(Acts)) return text;
        var seen = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Acts(c)) seen.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else seen.Append(c);
        }
        return seen.ToString();
    }

    private static bool Acts(char c) =>
        c is not ('\n' or '\t') && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ControlChat.Core.Audit;

/// <summary>
/// The words of a row and of a search, made by the same rules: runs of letters and digits, without case and accents;
/// a character of a script without spaces is a word of its own.
/// </summary>
internal static class AuditWords
{
    private static readonly HashSet<string> Skipped = ["at", "via", "session"];

    /// <summary>Every text and number of the body, as words with a space between.</summary>
    public static string OfBody(string body)
    {
        var words = new StringBuilder(body.Length);
        using var document = JsonDocument.Parse(body);
        Collect(words, document.RootElement);
        return words.ToString();
    }

    /// <summary>One phrase for each part of the search between blanks.</summary>
    public static IReadOnlyList<string> OfSearch(string text)
    {
        var phrases = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            var words = new StringBuilder();
            Append(words, part);
            return words.ToString().Trim();
        });
        return [.. phrases.Where(p => p.Length > 0).Take(16)];
    }

    /// <summary>The search for full-text index: each phrase, its last word from the beginning.</summary>
    public static string Match(IReadOnlyList<string> phrases) => string.Join(' ', phrases.Select(p => $"\"{p}\"*"));

    /// <summary>The same test for a row that is not indexed yet.</summary>
    public static bool Holds(string words, IReadOnlyList<string> phrases)
    {
        var padded = " " + words;
        return phrases.All(p => padded.Contains(" " + p, StringComparison.Ordinal));
    }

    private static void Collect(StringBuilder words, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                Append(words, element.GetString()!);
                break;
            case JsonValueKind.Number:
                Append(words, element.GetRawText());
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Collect(words, item);
                break;
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject().Where(f => !Skipped.Contains(f.Name))) Collect(words, field.Value);
                break;
        }
    }

    private static void Append(StringBuilder words, string text)
    {
        var inWord = false;
        foreach (var c in text.Normalize(NormalizationForm.FormKD))
        {
            if (char.IsLetterOrDigit(c))
            {
                if (inWord && StandsAlone(c)) words.Append(' ');
                words.Append(char.ToLowerInvariant(c));
                inWord = true;
                if (StandsAlone(c)) (inWord, _) = (false, words.Append(' '));
            }
            else if (inWord && CharUnicodeInfo.GetUnicodeCategory(c) is not UnicodeCategory.NonSpacingMark)
            {
                words.Append(' ');
                inWord = false;
            }
        }
        if (inWord) words.Append(' ');
    }

    // Kana, Han and Hangul: written without blanks between words.
    private static bool StandsAlone(char c) => c is (>= '\u3040' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff') or (>= '\uac00' and <= '\ud7af');
}

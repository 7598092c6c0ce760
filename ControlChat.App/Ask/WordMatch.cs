using System.Globalization;

namespace ControlChat.App.Ask;

/// <summary>Marks the words of a search in a text where they begin a word, without regard to case and accents: as the store's search finds them.</summary>
public static class WordMatch
{
    private const CompareOptions Same = CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace;

    public static IReadOnlyList<(string Text, bool Hit)> Split(string text, string search)
    {
        var words = search.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return [(text, false)];
        var parts = new List<(string, bool)>();
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (at > 0 && char.IsLetterOrDigit(text[at - 1])) continue;
            var length = words.Max(word => Prefix(text.AsSpan(at), word));
            if (length == 0) continue;
            if (at > from) parts.Add((text[from..at], false));
            parts.Add((text.Substring(at, length), true));
            from = at + length;
            at = from - 1;
        }
        if (from < text.Length) parts.Add((text[from..], false));
        return parts;
    }

    private static int Prefix(ReadOnlySpan<char> text, string word) =>
        CultureInfo.InvariantCulture.CompareInfo.IsPrefix(text, word, Same, out var length) ? length : 0;
}

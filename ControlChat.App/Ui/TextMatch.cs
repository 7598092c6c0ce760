namespace ControlChat.App.Ui;

/// <summary>Splits a text into parts that match what is typed and parts that do not, so that hits can be marked.</summary>
public static class TextMatch
{
    public static IReadOnlyList<(string Text, bool Hit)> Split(string text, string needle)
    {
        if (needle.Length == 0)
            return [(text, false)];
        var parts = new List<(string, bool)>();
        var from = 0;
        for (var at = text.IndexOf(needle, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(needle, from, StringComparison.OrdinalIgnoreCase))
        {
            if (at > from)
                parts.Add((text[from..at], false));
            parts.Add((text.Substring(at, needle.Length), true));
            from = at + needle.Length;
        }
        if (from < text.Length)
            parts.Add((text[from..], false));
        return parts;
    }
}

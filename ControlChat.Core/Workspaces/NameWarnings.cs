using System.Globalization;
using System.Text;

namespace ControlChat.Core.Workspaces;

/// <summary>What a person should know about a name before deciding on it: what cannot be seen, and what only looks like something else.</summary>
public static class NameWarnings
{
    /// <summary>Sentences about one name; empty when there is nothing to say.</summary>
    /// <param name="what">What the name is, such as <c>title</c>.</param>
    public static IReadOnlyList<string> For(string what, string name)
    {
        var warnings = new List<string>();
        AddIf(warnings, name, IsBidi, $"The {what} holds characters that change the reading direction:");
        AddIf(warnings, name, r => IsInvisible(r) && !IsBidi(r), $"The {what} holds characters that cannot be seen:");
        if (MixedScripts(name) is { } scripts) warnings.Add($"The {what} mixes {scripts} letters in one word; it may only look like another name.");
        return warnings;
    }

    /// <summary>The name with every character that cannot be seen, or that moves others, as a visible mark such as <c>&lt;U+202E&gt;</c>.</summary>
    public static string Marked(string name)
    {
        if (!name.EnumerateRunes().Any(IsInvisible)) return name;
        var text = new StringBuilder();
        foreach (var rune in name.EnumerateRunes()) text.Append(IsInvisible(rune) ? $"<{Code(rune)}>" : rune.ToString());
        return text.ToString();
    }

    private static void AddIf(List<string> warnings, string name, Func<Rune, bool> test, string words)
    {
        var found = name.EnumerateRunes().Where(test).Select(Code).Distinct().Take(5).ToList();
        if (found.Count > 0) warnings.Add($"{words} {string.Join(", ", found)}.");
    }

    private static string Code(Rune rune) => $"U+{rune.Value:X4}";

    private static bool IsBidi(Rune rune) => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    // Hangul fillers and the Braille blank are letters and symbols by category, but show nothing.
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0 or 0x034F or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    // Scripts whose letters pass for each other (Unicode TS 39, section 5.2). Latin beside Han, kana or Hangul is ordinary writing.
    private static string? MixedScripts(string name)
    {
        var word = new List<string>();
        foreach (var rune in name.EnumerateRunes())
        {
            if (!Rune.IsLetter(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Format)) word.Clear();
            else if (ScriptOf(rune.Value) is { } script && !word.Contains(script)) word.Add(script);
            if (word.Count > 1) return string.Join(" and ", word);
        }
        return null;
    }

    private static string? ScriptOf(int c) => c switch
    {
        (>= 0x41 and <= 0x5A) or (>= 0x61 and <= 0x7A) or (>= 0xC0 and <= 0x24F) or (>= 0x250 and <= 0x2AF) or (>= 0x1E00 and <= 0x1EFF) or (>= 0x2C60 and <= 0x2C7F) or (>= 0xA720 and <= 0xA7FF) => "Latin",
        (>= 0xFF21 and <= 0xFF3A) or (>= 0xFF41 and <= 0xFF5A) => "full-width Latin",
        (>= 0x370 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF) => "Greek",
        (>= 0x400 and <= 0x52F) or (>= 0x1C80 and <= 0x1C8F) or (>= 0x2DE0 and <= 0x2DFF) or (>= 0xA640 and <= 0xA69F) => "Cyrillic",
        (>= 0x530 and <= 0x58F) => "Armenian",
        (>= 0x590 and <= 0x5FF) => "Hebrew",
        (>= 0x600 and <= 0x6FF) or (>= 0x750 and <= 0x77F) => "Arabic",
        (>= 0x10A0 and <= 0x10FF) => "Georgian",
        (>= 0x13A0 and <= 0x13FF) or (>= 0xAB70 and <= 0xABBF) => "Cherokee",
        (>= 0x2C80 and <= 0x2CFF) => "Coptic",
        (>= 0x1D400 and <= 0x1D7FF) => "mathematical",
        _ => null,
    };
}

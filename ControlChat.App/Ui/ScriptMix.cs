using System.Text;

namespace ControlChat.App.Ui;

/// <summary>
/// Finds a word whose letters come from scripts that look alike ("раyroll" with Cyrillic а). A mix of such scripts inside one word is
/// how a name imitates another; a name that is wholly in one script, or Latin beside CJK, is ordinary.
/// </summary>
public static class ScriptMix
{
    private static readonly (string Name, int From, int To)[] Alike =
    [
        ("Latin", 'A', 'Z'), ("Latin", 'a', 'z'), ("Latin", 0x00C0, 0x024F), ("Latin", 0x1E00, 0x1EFF),
        ("phonetic", 0x0250, 0x02AF), ("phonetic", 0x1D00, 0x1DBF),
        ("Greek", 0x0370, 0x03FF), ("Greek", 0x1F00, 0x1FFF), ("Cyrillic", 0x0400, 0x052F), ("Cyrillic", 0x1C80, 0x1C8F), ("Cyrillic", 0x2DE0, 0x2DFF), ("Cyrillic", 0xA640, 0xA69F),
        ("Armenian", 0x0530, 0x058F), ("Hebrew", 0x0590, 0x05FF), ("Georgian", 0x10A0, 0x10FF), ("Cherokee", 0x13A0, 0x13FF), ("Cherokee", 0xAB70, 0xABBF),
        ("Coptic", 0x2C80, 0x2CFF), ("Lisu", 0xA4D0, 0xA4FF), ("full-width Latin", 0xFF21, 0xFF3A), ("full-width Latin", 0xFF41, 0xFF5A),
        ("mathematical letters", 0x1D400, 0x1D7FF), ("letterlike symbols", 0x2100, 0x214F),
    ];

    /// <summary>"Latin and Cyrillic" for the first word that mixes them; null when no word does.</summary>
    public static string? Find(string text)
    {
        var scripts = new List<string>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetterOrDigit(rune))
            {
                scripts.Clear();
                continue;
            }
            if (Script(rune.Value) is { } script && !scripts.Contains(script))
                scripts.Add(script);
            if (scripts.Count > 1)
                return $"{scripts[0]} and {scripts[1]}";
        }
        return null;
    }

    private static string? Script(int value)
    {
        foreach (var (name, from, to) in Alike)
        {
            if (value >= from && value <= to)
                return name;
        }
        return null;
    }
}

using System.Text;

namespace ControlChat.App.Ui;

/// <summary>
/// Finds a word whose letters come from scripts that look alike ("раyroll" with Cyrillic а). A mix of such scripts inside one word is
/// how a name imitates another; a name that is wholly in one script, or Latin beside CJK, is ordinary.
/// </summary>
public static class ScriptMix
{
    private static readonly (Letters Script, int From, int To)[] Alike =
    [
        (Letters.Latin, 'A', 'Z'), (Letters.Latin, 'a', 'z'), (Letters.Latin, 0x00C0, 0x024F), (Letters.Latin, 0x1E00, 0x1EFF),
        (Letters.Phonetic, 0x0250, 0x02AF), (Letters.Phonetic, 0x1D00, 0x1DBF),
        (Letters.Greek, 0x0370, 0x03FF), (Letters.Greek, 0x1F00, 0x1FFF), (Letters.Cyrillic, 0x0400, 0x052F), (Letters.Cyrillic, 0x1C80, 0x1C8F), (Letters.Cyrillic, 0x2DE0, 0x2DFF), (Letters.Cyrillic, 0xA640, 0xA69F),
        (Letters.Armenian, 0x0530, 0x058F), (Letters.Hebrew, 0x0590, 0x05FF), (Letters.Georgian, 0x10A0, 0x10FF), (Letters.Cherokee, 0x13A0, 0x13FF), (Letters.Cherokee, 0xAB70, 0xABBF),
        (Letters.Coptic, 0x2C80, 0x2CFF), (Letters.Lisu, 0xA4D0, 0xA4FF), (Letters.FullWidth, 0xFF21, 0xFF3A), (Letters.FullWidth, 0xFF41, 0xFF5A),
        (Letters.Mathematical, 0x1D400, 0x1D7FF), (Letters.Letterlike, 0x2100, 0x214F),
    ];

    /// <summary>"Latin and Cyrillic" for the first word that mixes them; null when no word does.</summary>
    public static string? Find(string text)
    {
        var scripts = new List<Letters>();
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
                return Texts.TwoScripts.With(Named(scripts[0]), Named(scripts[1]));
        }
        return null;
    }

    private static Letters? Script(int value)
    {
        foreach (var (script, from, to) in Alike)
        {
            if (value >= from && value <= to)
                return script;
        }
        return null;
    }

    private static string Named(Letters script) => script switch
    {
        Letters.Latin => Texts.ScriptLatin,
        Letters.Phonetic => Texts.ScriptPhonetic,
        Letters.Greek => Texts.ScriptGreek,
        Letters.Cyrillic => Texts.ScriptCyrillic,
        Letters.Armenian => Texts.ScriptArmenian,
        Letters.Hebrew => Texts.ScriptHebrew,
        Letters.Georgian => Texts.ScriptGeorgian,
        Letters.Cherokee => Texts.ScriptCherokee,
        Letters.Coptic => Texts.ScriptCoptic,
        Letters.Lisu => Texts.ScriptLisu,
        Letters.FullWidth => Texts.ScriptFullWidth,
        Letters.Mathematical => Texts.ScriptMathematical,
        _ => Texts.ScriptLetterlike,
    };

    private enum Letters
    {
        Latin,
        Phonetic,
        Greek,
        Cyrillic,
        Armenian,
        Hebrew,
        Georgian,
        Cherokee,
        Coptic,
        Lisu,
        FullWidth,
        Mathematical,
        Letterlike,
    }
}

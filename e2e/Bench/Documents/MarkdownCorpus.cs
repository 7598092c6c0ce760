using System.Globalization;
using System.Text;

namespace ControlChat.Bench.Documents;

/// <summary>The corpus of the peers' bench, byte for byte the same for a size: headings of both kinds, fences with false ones, tables, lists, HTML, links.</summary>
internal sealed class MarkdownCorpus
{
    private static readonly string[] _words = "runoff soil slope hillslope climate channel sediment watershed model run output daily storm burn severity café naïve 東京 résumé data table section".Split(' ');
    private uint _state = 7;

    public static string Make(int size)
    {
        var corpus = new MarkdownCorpus();
        var text = new StringBuilder("# Report\n\n");
        for (var n = 1; text.Length < size; n++) corpus.AddSection(text, n);
        return text.ToString();
    }

    private void AddSection(StringBuilder text, int n)
    {
        var depth = 2 + Roll(3);
        if (Roll(8) == 0) text.Append(CultureInfo.InvariantCulture, $"Section {n} setext\n{(Roll(2) != 0 ? "=======" : "-------")}\n\n");
        else text.Append(CultureInfo.InvariantCulture, $"{new string('#', depth)} Section {n} {Word()}\n\n");
        AddParagraph(text);
        if (Roll(3) == 0) text.Append(CultureInfo.InvariantCulture, $"```python\n# not a heading {n}\nprint('x')\n```\n\n");
        if (Roll(4) == 0) text.Append("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n");
        if (Roll(3) == 0) text.Append("- item one\n- item two\n  - nested\n\n");
        if (Roll(9) == 0) text.Append("<div>\n# html block, not a heading\n</div>\n\n");
        if (Roll(2) != 0) AddParagraph(text);
    }

    private void AddParagraph(StringBuilder text)
    {
        var words = new string[30 + Roll(40)];
        for (var i = 0; i < words.Length; i++)
        {
            var word = Word();
            words[i] = Roll(20) switch { 0 => $"**{word}**", 1 => $"`{word}`", 2 => $"[{word}](https://example.org/{word})", _ => word };
        }
        text.Append(string.Join(' ', words)).Append(".\n\n");
    }

    private string Word() => _words[Roll(_words.Length)];

    // Numerical Recipes' generator, as the peers' script has it.
    private int Roll(int below)
    {
        _state = unchecked(_state * 1664525 + 1013904223);
        return (int)(_state % (uint)below);
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.Tests.App.Ui;

/// <summary>The colours of tokens.css as numbers: light, or light with dark over it.</summary>
internal sealed partial class Tokens
{
    private readonly Dictionary<string, string> _values = [];

    private Tokens(string css, bool dark)
    {
        Take(css, ":root {");
        if (dark)
            Take(css, "[data-theme=\"dark\"] {");
    }

    public static Tokens Of(string theme) => new(SourceTree.Read("wwwroot", "css", "tokens.css"), theme == "dark");

    public IEnumerable<string> Names => _values.Keys;

    public string this[string name] => _values[name];

    /// <summary>WCAG 2.2 contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.</summary>
    public double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(this[one]), Luminance(this[other]));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double Channel(int at)
        {
            var value = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return (0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5));
    }

    private void Take(string css, string selector)
    {
        var from = css.IndexOf(selector, StringComparison.Ordinal);
        foreach (Match declaration in Declaration().Matches(css[from..css.IndexOf('}', from)]))
            _values[declaration.Groups[1].Value] = declaration.Groups[2].Value;
    }

    [GeneratedRegex("--cc-([a-z0-9-]+):\\s*([^;]+);")]
    private static partial Regex Declaration();
}

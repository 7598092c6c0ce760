using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Telemetry;

/// <summary>A pattern that finds one secret by its value, however it is written: plain, JSON-escaped, URL-encoded (also twice), wrapped over lines, in base64.</summary>
internal static class SecretForms
{
    private const string Break = @"(?:\\r|\\n|[\r\n])*";

    public static string Pattern(string secret)
    {
        var forms = new List<string> { Characters(secret) };
        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            var core = Base64Core(bytes, shift);
            if (core.Length >= 8) forms.Add(string.Join(Break, core.Select(c => c switch { '+' => "[+-]", '/' => @"(?:\\?/|_)", _ => c.ToString() })));
        }
        return "(?:" + string.Join('|', forms) + ")";
    }

    private static string Characters(string secret)
    {
        var parts = secret.EnumerateRunes().Select(rune =>
        {
            var utf8 = Encoding.UTF8.GetBytes(rune.ToString());
            var percent = string.Concat(utf8.Select(b => "%(?:25)?" + AnyCase(b.ToString("x2", CultureInfo.InvariantCulture))));
            var escaped = string.Concat(rune.ToString().Select(c => @"\\+u" + AnyCase(((int)c).ToString("x4", CultureInfo.InvariantCulture))));
            var space = rune.Value == ' ' ? @"|\+" : "";
            return $@"(?:\\*{Regex.Escape(rune.ToString())}|{percent}|{escaped}{space})";
        });
        return string.Join(Break, parts);
    }

    // Inside a longer base64 text a value stands at one of three alignments; the characters that do not depend on its neighbours are the core.
    internal static string Base64Core(byte[] secret, int shift)
    {
        var padded = new byte[shift + secret.Length];
        secret.CopyTo(padded, shift);
        var text = Convert.ToBase64String(padded).TrimEnd('=');
        var first = shift == 0 ? 0 : shift + 1;
        var last = padded.Length % 3 == 0 ? text.Length : text.Length - 1;
        return last > first ? text[first..last] : "";
    }

    private static string AnyCase(string hex) => string.Concat(hex.Select(c => char.IsAsciiLetter(c) ? $"[{c}{char.ToUpperInvariant(c)}]" : c.ToString()));
}

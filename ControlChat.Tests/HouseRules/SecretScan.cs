using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ControlChat.Tests.HouseRules;

/// <summary>Looks for credentials in text: known shapes first, then anything quoted that is too random to be a word.</summary>
internal static partial class SecretScan
{
    private static readonly (string Rule, Regex Pattern)[] _known =
    [
        ("private key", PrivateKey()),
        ("model key", ModelKey()),
        ("hub token", HubToken()),
        ("AWS key", AwsKey()),
        ("GitHub token", GitHubToken()),
        ("Slack token", SlackToken()),
        ("Google key", GoogleKey()),
        ("JSON web token", WebToken()),
        ("password in a connection", Connection()),
    ];

    public static IEnumerable<SecretFinding> In(string path, string text)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (rule, pattern) in _known)
        {
            foreach (Match match in pattern.Matches(text))
            {
                if (seen.Add(match.Value)) yield return Finding(path, text, rule, match);
            }
        }
        foreach (Match match in Quoted().Matches(text))
        {
            if (LooksRandom(match.Groups["value"].Value) && !seen.Any(s => s.Contains(match.Groups["value"].Value, StringComparison.Ordinal)))
            {
                yield return Finding(path, text, "high entropy", match.Groups["value"]);
            }
        }
    }

    public static string Fingerprint(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))[..16];

    private static SecretFinding Finding(string path, string text, string rule, Capture match) =>
        new(path, text.AsSpan(0, match.Index).Count('\n') + 1, rule, Fingerprint(match.Value));

    /// <summary>Bits per character: words stay below 4, base64 of random bytes lies above 4.3 (32 characters and more), hex near 3.7.</summary>
    private static bool LooksRandom(string value)
    {
        var hex = value.All(char.IsAsciiHexDigit);
        if (hex && value.Distinct().Count() < 8) return false;
        var mixed = value.Any(char.IsAsciiDigit) && value.Any(char.IsAsciiLetterUpper) && value.Any(char.IsAsciiLetterLower);
        return hex ? value.Length >= 40 && Entropy(value) > 3.2 : mixed && Entropy(value) > 4.3;
    }

    private static double Entropy(string value) =>
        value.GroupBy(c => c).Sum(g => -(double)g.Count() / value.Length * Math.Log2((double)g.Count() / value.Length));

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\bsk-[A-Za-z0-9_-]{20,}")]
    private static partial Regex ModelKey();

    [GeneratedRegex(@"\bcc[th]_[A-Za-z0-9_-]{43}")]
    private static partial Regex HubToken();

    [GeneratedRegex(@"\b(AKIA|ASIA)[0-9A-Z]{16}\b")]
    private static partial Regex AwsKey();

    [GeneratedRegex(@"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})")]
    private static partial Regex GitHubToken();

    [GeneratedRegex(@"\bxox[baprs]-[A-Za-z0-9-]{10,}")]
    private static partial Regex SlackToken();

    [GeneratedRegex(@"\bAIza[0-9A-Za-z_-]{35}")]
    private static partial Regex GoogleKey();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")]
    private static partial Regex WebToken();

    [GeneratedRegex(@"\w+://[^\s:/@""'{}<>]+:[^\s/@""'{}<>]{6,}@[\w.]+")]
    private static partial Regex Connection();

    [GeneratedRegex(@"(?<=[""'=\s:])(?<value>[A-Za-z0-9+/_-]{32,}={0,2})(?=[""'\s,;]|$)")]
    private static partial Regex Quoted();
}

internal sealed record SecretFinding(string File, int Line, string Rule, string Fingerprint);

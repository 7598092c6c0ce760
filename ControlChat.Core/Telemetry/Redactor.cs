using System.Text.RegularExpressions;

namespace ControlChat.Core.Telemetry;

/// <summary>
/// Removes secrets from text before it is stored or shown: by form (keys, tokens, cookies, query strings, PEM, connection strings)
/// and by value (every secret this process was given). What cannot be checked in time is removed as a whole.
/// </summary>
public sealed partial class Redactor
{
    public const string Removed = "[removed]";
    private const int ShortestSecret = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Six characters of text for one of the secret's, as an escape has them; wrapped lines among them.
    private const int LongestForm = 6;
    private const int FurthestReach = 2048;
    private volatile Regex[] _values = [];
    private volatile string[] _secrets = [];
    private volatile int _reach;

    /// <summary>Characters that one of the secrets known by value may take, however it is written; 0 without any.</summary>
    public int Reach => _reach;

    /// <summary>The values themselves, for who must know how far one has come: another list with each that is added.</summary>
    internal IReadOnlyList<string> Values => _secrets;

    /// <summary>From now on this value is removed wherever it stands, in any of its forms. Values under 6 characters would remove ordinary words and are not taken.</summary>
    public void Add(string secret)
    {
        if (secret.Length < ShortestSecret) return;
        var added = new Regex(SecretForms.Pattern(secret), RegexOptions.CultureInvariant, Patience);
        // Rare (at start, and when a secret is made): a copy keeps readers free of locks.
        lock (this)
        {
            _reach = Math.Min(FurthestReach, Math.Max(_reach, secret.Length * LongestForm));
            _values = [.. _values, added];
            _secrets = [.. _secrets, secret];
        }
    }

    /// <summary>The text without secrets.</summary>
    public string Redact(string text)
    {
        try
        {
            foreach (var value in _values) text = value.Replace(text, Removed);
            return RedactForms(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return "[removed: this text could not be checked for secrets]";
        }
    }

    /// <summary>By form alone, for who has no values.</summary>
    public static string RedactForms(string text)
    {
        text = Pem().Replace(text, Removed);
        text = Header().Replace(text, "$1" + Removed);
        text = Query().Replace(text, "?" + Removed);
        text = UserInfo().Replace(text, "$1" + Removed + "@");
        text = Named().Replace(text, "$1" + Removed);
        text = Scheme().Replace(text, "$1 " + Removed);
        text = Known().Replace(text, Removed);
        return Token().Replace(text, Removed);
    }

    /// <summary>Tells where values stand that are known.</summary>
    /// <exception cref="RegexMatchTimeoutException">The text could not be checked in time.</exception>
    internal void FindValues(string text, Action<int, int> found)
    {
        foreach (var value in _values)
            foreach (var match in value.EnumerateMatches(text)) found(match.Index, match.Index + match.Length);
    }

    /// <summary>Tells what <see cref="RedactForms"/> would remove, each form for itself.</summary>
    /// <exception cref="RegexMatchTimeoutException">The text could not be checked in time.</exception>
    internal static void FindForms(string text, Action<int, int> found)
    {
        foreach (var whole in (ReadOnlySpan<Regex>)[Pem(), Known(), Token()])
            foreach (var match in whole.EnumerateMatches(text)) found(match.Index, match.Index + match.Length);
        foreach (var named in (ReadOnlySpan<Regex>)[Header(), Named(), Scheme(), UserInfo()])
            for (var match = named.Match(text); match.Success; match = match.NextMatch()) found(match.Groups[1].Index + match.Groups[1].Length, match.Index + match.Length);
        foreach (var query in Query().EnumerateMatches(text)) found(query.Index + 1, query.Index + query.Length);
    }

    [GeneratedRegex(@"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|\z)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pem();

    // Cookie: a=b; c=d · "Authorization": "Bearer …" · authorization=Basic …
    [GeneratedRegex(@"(\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-csrf-token|x-api-key|x-controlchat-proxy)\\*[""']?\s*[:=]\s*\\*[""'\[]*)[^\r\n""'\\]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Header();

    // Every query string goes, not only the one with the one-time link's "t".
    [GeneratedRegex(@"\?(?=[^\s""'<>?]*=)[A-Za-z0-9_%.\[\]~-]+=[^\s""'<>\\]*", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Query();

    [GeneratedRegex(@"(\b[a-z][a-z0-9+.-]*://)[^/\s@""']+@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex UserInfo();

    // password=… · "api_key": "…" · \"client_secret\":\"…\" · Pwd=… ; numbers stay, so that "input_tokens": 12 does.
    [GeneratedRegex(@"(\b[\w.-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|connection[_-]?string|credential)s?\b\\*[""']?\s*[:=]\s*)(?!\\*[""']?\d{1,9}\b|\\*[""']?(?:null|true|false)\b|\[removed\])(?:\\*""[^""\\]*|\\*'[^'\\]*|[^\s,;&""'}\])\\]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Scheme();

    // Keys that say by their first letters whose they are; JWTs.
    [GeneratedRegex(@"\b(?:sk-[A-Za-z0-9_-]{8,}|cc[teh]_[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Known();

    // 256 bits in base64url, as one-time links, confirm tokens and CSRF tokens have them; all three kinds of characters, so that a word never fits.
    [GeneratedRegex(@"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{43}(?![\w-])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Token();
}

using System.Buffers;
using System.Text.RegularExpressions;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Where secrets stand in a text, by value and by form. A flood without any is only searched for the words that secrets begin with.</summary>
internal sealed class SecretPlaces(Redactor redactor)
{
    private const string Key = "-----BEGIN ";

    // Around such a word, in each direction.
    private const int Window = 4096;
    private const int TokenLength = 43;
    private static readonly SearchValues<string> _words = SearchValues.Create(
    [
        Key, "authorization", "cookie", "csrf", "api-key", "controlchat-proxy", "://", "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "apikey", "access_key", "access-key", "accesskey",
        "account_key", "account-key", "accountkey", "private_key", "private-key", "privatekey", "connection_string", "connection-string", "connectionstring", "credential", "bearer", "basic",
        "sk-", "cct_", "cce_", "cch_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "akia", "asia", "aiza", "eyj",
    ], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<char> _tokenCharacters = SearchValues.Create([.. Enumerable.Range(0, 128).Select(i => (char)i).Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')]);
    private static readonly SearchValues<char> _breaks = SearchValues.Create(" \t\r\n\"'");
    private readonly List<(int Start, int End)> _found = [];
    private readonly List<(int Start, int End)> _windows = [];
    private KnownSecrets _known = new([]);

    /// <summary>Characters that a secret may take which is not told by its first ones.</summary>
    public int Reach => Math.Max(_known.Reach, 256);

    /// <returns>In order, none over another; the last one may go on behind the text.</returns>
    public IReadOnlyList<(int Start, int End)> Find(ReadOnlySpan<char> text)
    {
        if (!ReferenceEquals(_known.Values, redactor.Values)) _known = new KnownSecrets(redactor.Values);
        _found.Clear();
        try
        {
            _known.Find(text, redactor, (start, end) => _found.Add((start, end)));
            FindForms(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // What cannot be checked in time goes as a whole.
            return [(0, text.Length)];
        }
        if (_known.OpenAt(text) is >= 0 and var open) _found.Add((open, text.Length));
        return Merged(_found);
    }

    private void FindForms(ReadOnlySpan<char> text)
    {
        _windows.Clear();
        for (var at = 0; at < text.Length;)
        {
            var next = text[at..].IndexOfAny(_words);
            if (next < 0) break;
            at += next;
            Widen(text, at);
            // Everything up to there is looked through anyway.
            at = Math.Max(at + 1, Math.Min(_windows[^1].End - Window / 4, at + Window / 2));
        }
        for (var at = text.IndexOf('?'); at >= 0;)
        {
            Widen(text, at);
            // Far enough for a query that begins later.
            var from = Math.Min(text.Length, at + Window / 2);
            var next = text[from..].IndexOf('?');
            at = next < 0 ? -1 : from + next;
        }
        FindTokens(text);
        foreach (var (start, end) in Merged(_windows))
        {
            var inside = text[start..end].ToString();
            var rest = text[end..];
            var behind = rest.IndexOfAny(_breaks);
            var goesOn = behind < 0 ? rest.Length : behind;
            Redactor.FindForms(inside, (from, to) => _found.Add((start + from, start + to == end ? end + goesOn : start + to)));
        }
    }

    private void Widen(ReadOnlySpan<char> text, int at)
    {
        var before = text[Math.Max(0, at - Window)..at].LastIndexOf('\n');
        var start = before < 0 ? Math.Max(0, at - Window) : Math.Max(0, at - Window) + before + 1;
        var end = text[at..].StartsWith(Key) ? text.Length : Math.Min(text.Length, at + Window);
        _windows.Add((start, end));
    }

    // A run of so many of its characters covers one of these places.
    private void FindTokens(ReadOnlySpan<char> text)
    {
        for (var at = TokenLength - 1; at < text.Length; at += TokenLength)
        {
            if (!_tokenCharacters.Contains(text[at])) continue;
            var before = text[..at].LastIndexOfAnyExcept(_tokenCharacters);
            var length = text[at..].IndexOfAnyExcept(_tokenCharacters);
            var end = length < 0 ? text.Length : at + length;
            if (end - before - 1 == TokenLength) _windows.Add((Math.Max(0, before), Math.Min(text.Length, end + 1)));
            at = Math.Max(at, end - TokenLength + 1);
        }
    }

    private static List<(int Start, int End)> Merged(List<(int Start, int End)> places)
    {
        if (places.Count < 2) return places;
        var merged = new List<(int Start, int End)>(places.Count);
        foreach (var (start, end) in places.OrderBy(p => p.Start))
        {
            if (merged.Count > 0 && start <= merged[^1].End) merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, end));
            else merged.Add((start, end));
        }
        return merged;
    }
}

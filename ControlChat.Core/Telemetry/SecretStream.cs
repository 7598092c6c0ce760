namespace ControlChat.Core.Telemetry;

/// <summary>
/// Removes secrets from text that comes in pieces, wherever the pieces are cut. Of each piece what may be the beginning of a secret is kept
/// back until more has come: its last line, as far as a known secret may reach, and what a removal would go through. What comes out
/// depends on the pieces alone, never on when they came.
/// </summary>
public sealed class SecretStream(Redactor redactor)
{
    // Of a line without an end: what is older is let go where no removal goes through.
    private const int MostHeld = 16 * 1024;
    private const int KeptOfLong = 4 * 1024;
    private const int Tries = 12;
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private string _held = "";
    private bool _inKey;

    /// <returns>What is safe to be written by now, possibly empty.</returns>
    public string Push(string piece)
    {
        var text = _inKey ? BehindKey(_held + piece) : _held + piece;
        if (_inKey) return "";
        var cut = Cut(text);
        if (cut == 0 && text.Length > MostHeld) return LetGo(text);
        _held = text[cut..];
        return redactor.Redact(text[..cut]);
    }

    /// <returns>What was kept back: no more comes.</returns>
    public string Finish()
    {
        var rest = _inKey ? "" : redactor.Redact(_held);
        (_held, _inKey) = ("", false);
        return rest;
    }

    // Where what is kept back begins: at a line, before everything that might still become a secret.
    private int Cut(string text)
    {
        var whole = redactor.Redact(text);
        var at = LineBefore(text, text.Length - redactor.Reach);
        for (var tries = 0; at > 0 && tries < Tries; tries++)
        {
            if (IsClean(text, at, whole)) return at;
            at = LineBefore(text, at - 1);
        }
        // A key of many lines is one secret.
        return at > 0 && text.LastIndexOf(Begin, at, StringComparison.Ordinal) is > 0 and var key && IsClean(text, key, whole) ? key : 0;
    }

    // Where the line begins that stands before a place.
    private static int LineBefore(string text, int at) => at <= 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    private string LetGo(string text)
    {
        var whole = redactor.Redact(text);
        for (var tries = 0; tries < Tries; tries++)
        {
            var at = text.Length - KeptOfLong - tries * 97;
            if (char.IsLowSurrogate(text[at]) || !IsClean(text, at, whole)) continue;
            _held = text[at..];
            return redactor.Redact(text[..at]);
        }
        _held = "";
        _inKey = text.LastIndexOf(Begin, StringComparison.Ordinal) > text.LastIndexOf(End, StringComparison.Ordinal);
        return whole;
    }

    // The rest of a key that is longer than anything kept back is not written at all.
    private string BehindKey(string text)
    {
        var end = text.IndexOf(End, StringComparison.Ordinal);
        _inKey = end < 0;
        _held = _inKey ? text[Math.Max(0, text.Length - End.Length)..] : "";
        return _inKey ? "" : text[(end + End.Length)..];
    }

    private bool IsClean(string text, int at, string whole) => redactor.Redact(text[..at]) + redactor.Redact(text[at..]) == whole;
}

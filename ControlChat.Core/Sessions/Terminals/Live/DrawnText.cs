namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>What of a text shows, byte by byte: without controls and sequences, and without what is only drawn once more behind as many backspaces.</summary>
internal ref struct DrawnText(ReadOnlySpan<byte> text)
{
    private const byte Esc = 0x1b;
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;
    private int _again;
    private bool _passes;

    /// <summary>All of it.</summary>
    public static byte[] Of(ReadOnlySpan<byte> text)
    {
        var drawn = new DrawnText(text);
        var all = new List<byte>(text.Length);
        while (drawn.Next(out var one)) all.Add(one);
        return [.. all];
    }

    /// <returns>False: there is no more.</returns>
    public bool Next(out byte one)
    {
        while (_at < _text.Length)
        {
            one = _text[_at++];
            if (one == Esc || (one == 0xc2 && _at < _text.Length && _text[_at] is >= 0x80 and <= 0x9f)) Pass(one);
            else if (one == '\b') _again++;
            else if (one is >= 0x20 and not 0x7f && !IsAgain(one)) return true;
        }
        one = 0;
        return false;
    }

    private bool IsAgain(byte one)
    {
        // The rest of a character goes the way of its first byte.
        if ((one & 0xc0) == 0x80) return _passes;
        _passes = _again > 0;
        if (_passes) _again--;
        return _passes;
    }

    private void Pass(byte first)
    {
        while (first == Esc && _at < _text.Length && _text[_at] is >= 0x20 and <= 0x2f) _at++;
        if (_at >= _text.Length) return;
        // C1 controls are what ESC and the byte 0x40 below are.
        var kind = (char)(first == Esc ? _text[_at] : _text[_at] - 0x40);
        _at++;
        if (kind == '[') PassTo(final: true);
        else if (kind == 'O' && first == Esc) _at++;
        else if (kind is ']' or 'P' or 'X' or '^' or '_') PassTo(final: false);
    }

    private void PassTo(bool final)
    {
        for (; _at < _text.Length; _at++)
        {
            var one = _text[_at];
            if (!final && one == Esc) return;
            if (final ? one is >= 0x40 and <= 0x7e : one == 0x07) break;
        }
        _at++;
    }
}

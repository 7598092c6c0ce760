namespace ControlChat.Core.Documents;

/// <summary>The lines of a text; each ends with a line feed, a carriage return, both, or the text.</summary>
internal ref struct Lines(ReadOnlySpan<byte> text, int from = 0)
{
    private readonly ReadOnlySpan<byte> _text = text;

    public int Start { get; private set; }

    /// <summary>Where its line end begins.</summary>
    public int End { get; private set; }

    /// <summary>Where the next line begins.</summary>
    public int After { get; private set; } = from;

    public bool Next()
    {
        if (After >= _text.Length) return false;
        Start = After;
        var length = _text[Start..].IndexOfAny((byte)'\n', (byte)'\r');
        if (length < 0)
        {
            End = After = _text.Length;
            return true;
        }
        End = Start + length;
        After = End + (_text[End] == '\r' && End + 1 < _text.Length && _text[End + 1] == '\n' ? 2 : 1);
        return true;
    }
}

namespace ControlChat.Core.Documents;

/// <summary>A place in one line by byte and by column: a tab reaches to the next column that is a multiple of four, and containers may take a part of it.</summary>
internal ref struct LineCursor(ReadOnlySpan<byte> line)
{
    private const int TabStop = 4;
    private readonly ReadOnlySpan<byte> _line = line;
    private int _at;
    private int _column;
    private int _leftOfTab;

    /// <summary>The first byte that is neither space nor tab; the end of the line when there is none.</summary>
    public int Text { get; private set; }

    /// <summary>Columns from here to <see cref="Text"/>.</summary>
    public int Indent { get; private set; }

    public readonly bool IsBlank => Text >= _line.Length;

    public readonly bool IsCode => Indent >= TabStop;

    /// <summary>From <see cref="Text"/> to the end; empty for a blank line.</summary>
    public readonly ReadOnlySpan<byte> Rest => _line[Text..];

    /// <summary>The byte at <see cref="Text"/>; 0 for a blank line.</summary>
    public readonly byte First => IsBlank ? (byte)0 : _line[Text];

    public readonly bool IsAtSpace => _leftOfTab > 0 || (_at < _line.Length && _line[_at] is (byte)' ' or (byte)'\t');

    public void Look()
    {
        var (at, column) = (_at, _column + _leftOfTab);
        for (; at < _line.Length; at++)
        {
            if (_line[at] == ' ') column++;
            else if (_line[at] == '\t') column += TabStop - column % TabStop;
            else break;
        }
        Text = at;
        Indent = column - _column;
    }

    /// <summary>Past so many columns of white space, of a tab maybe a part.</summary>
    public void SkipColumns(int columns)
    {
        while (columns > 0)
        {
            if (_leftOfTab == 0)
            {
                if (_at >= _line.Length || _line[_at] is not ((byte)' ' or (byte)'\t')) return;
                _leftOfTab = _line[_at] == '\t' ? TabStop - _column % TabStop : 1;
                _at++;
            }
            var taken = Math.Min(columns, _leftOfTab);
            columns -= taken;
            _column += taken;
            _leftOfTab -= taken;
        }
    }

    /// <summary>To <see cref="Text"/> and so many bytes of it, none of which is a tab.</summary>
    public void SkipText(int bytes)
    {
        _column += Indent + bytes;
        _at = Text + bytes;
        _leftOfTab = 0;
    }
}

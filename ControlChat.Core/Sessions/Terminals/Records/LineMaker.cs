using System.Globalization;
using System.Text;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// One line of a screen as text: what was overwritten, deleted and coloured on it is as it was at its end. A cursor that goes to another line ends it.
/// </summary>
internal sealed class LineMaker
{
    private const int Widest = 2000;
    private const int TabStop = 8;
    private readonly StringBuilder _line = new();
    private readonly StringBuilder _sequence = new();
    private int _column;
    private State _state;

    private enum State
    {
        Ground,
        Escape,
        Control,
        Text,
        TextEnd,
    }

    /// <summary>It is at the beginning of a line and in no sequence.</summary>
    public bool IsClean => _line.Length == 0 && _column == 0 && _state == State.Ground;

    /// <returns>A line that this character ended; null: none.</returns>
    public string? Push(char one)
    {
        switch (_state)
        {
            case State.Escape:
                _state = one switch
                {
                    '[' => State.Control,
                    ']' or 'P' or 'X' or '^' or '_' => State.Text,
                    >= ' ' and <= '/' => State.Escape,
                    _ => State.Ground,
                };
                return null;
            case State.Control:
                if (one is < '@' or > '~')
                {
                    if (_sequence.Length < 32) _sequence.Append(one);
                    return null;
                }
                _state = State.Ground;
                return Obey(one);
            case State.Text:
                if (one is '\a' or '\u009c') _state = State.Ground;
                else if (one == '\e') _state = State.TextEnd;
                return null;
            case State.TextEnd:
                _state = State.Ground;
                return one == '\\' ? null : Push('\e') ?? Push(one);
            default:
                return Draw(one);
        }
    }

    /// <returns>What stands there; null: nothing.</returns>
    public string? Finish()
    {
        _state = State.Ground;
        return End();
    }

    private string? Draw(char one)
    {
        switch (one)
        {
            case '\n':
                return End();
            case '\r':
                _column = 0;
                return null;
            case '\b':
                _column = Math.Max(0, _column - 1);
                return null;
            case '\t':
                Forward(TabStop - _column % TabStop);
                return null;
            case '\e':
                _sequence.Clear();
                _state = State.Escape;
                return null;
        }
        if (char.IsControl(one)) return null;
        if (_line.Length < _column) _line.Append(' ', _column - _line.Length);
        if (_column < _line.Length) _line[_column] = one;
        else _line.Append(one);
        return ++_column >= Widest ? End() : null;
    }

    private string? Obey(char final)
    {
        var number = Number();
        switch (final)
        {
            case 'K' when number == 0:
                if (_column < _line.Length) _line.Length = _column;
                return null;
            case 'K' when number == 2:
                _line.Clear();
                return null;
            case 'C':
                Forward(Math.Max(1, number));
                return null;
            case 'D':
                _column = Math.Max(0, _column - Math.Max(1, number));
                return null;
            case 'G':
                _column = Math.Clamp(number - 1, 0, Widest - 1);
                return null;
            case 'P' when _column < _line.Length:
                _line.Remove(_column, Math.Min(Math.Max(1, number), _line.Length - _column));
                return null;
            case 'A' or 'B' or 'E' or 'F' or 'H' or 'f' or 'd' or 'J':
                return End();
            default:
                return null;
        }
    }

    private void Forward(int by) => _column = Math.Min(Widest - 1, _column + by);

    private int Number()
    {
        var text = _sequence.ToString().Split(';')[0];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, Widest) : 0;
    }

    private string? End()
    {
        var text = _line.ToString().TrimEnd();
        _line.Clear();
        _column = 0;
        return text.Length == 0 ? null : text;
    }
}

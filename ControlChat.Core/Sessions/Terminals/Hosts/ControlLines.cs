using System.Buffers;
using System.Globalization;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>What tmux tells in control mode, a line for each thing. Read as slowly as it is asked for: tmux stops reading the program then.</summary>
internal sealed class ControlLines(Stream stream)
{
    // What one write of a program's becomes, escaped, is far below.
    private const int MostBytes = 1024 * 1024;
    private byte[] _buffer = new byte[64 * 1024];
    private int _from;
    private int _to;

    /// <summary>Waits for the next line.</summary>
    /// <param name="line">Without its end; good until the next call.</param>
    /// <returns>False: there is no more, or it is longer than any of tmux's.</returns>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        for (var looked = _from; ;)
        {
            if (_buffer.AsSpan(looked, _to - looked).IndexOf((byte)'\n') is >= 0 and var at)
            {
                line = _buffer.AsSpan(_from, looked + at - _from).TrimEnd((byte)'\r');
                _from = looked + at + 1;
                return true;
            }
            if (!Fill())
            {
                line = default;
                return false;
            }
            looked = _from;
        }
    }

    /// <summary>Whether there is a line that has come already.</summary>
    public bool HasNext => _buffer.AsSpan(_from, _to - _from).Contains((byte)'\n');

    /// <summary>The bytes of <c>%output %0 a\033[1m</c>, in place of what they are escaped in: \ and what is below a space are three octal digits.</summary>
    /// <returns>False: it is another line.</returns>
    public static bool TryOutput(ReadOnlySpan<byte> line, IBufferWriter<byte> into)
    {
        if (!line.StartsWith("%output %"u8)) return false;
        var text = line["%output %".Length..];
        text = text[(text.IndexOf((byte)' ') + 1)..];
        var bytes = into.GetSpan(Math.Max(1, text.Length));
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) && IsOctal(text[i + 3]))
            {
                bytes[written++] = (byte)(((text[i + 1] - '0') << 6) | ((text[i + 2] - '0') << 3) | (text[i + 3] - '0'));
                i += 3;
            }
            else
            {
                bytes[written++] = text[i];
            }
        }
        into.Advance(written);
        return true;
    }

    /// <summary>Whether it is <c>%window-renamed @0 NAME</c>, by which our own commands mark a place among the output.</summary>
    public static bool IsMark(ReadOnlySpan<byte> line, ReadOnlySpan<byte> mark) => line.StartsWith("%window-renamed "u8) && line.EndsWith(mark) && !mark.IsEmpty;

    /// <returns>How many bytes at the end of a text are the beginning of the mark.</returns>
    public static int Begun(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark)
    {
        var length = Math.Min(text.Length, Math.Max(0, mark.Length - 1));
        while (length > 0 && !mark.StartsWith(text[^length..])) length--;
        return length;
    }

    /// <summary>Keys as <c>send-keys -H</c> takes them: every byte for itself.</summary>
    public static string Keys(string target, ReadOnlySpan<byte> input)
    {
        var command = new System.Text.StringBuilder($"send-keys -t {target} -H");
        foreach (var one in input) command.Append(' ').Append(one.ToString("x2", CultureInfo.InvariantCulture));
        return command.Append('\n').ToString();
    }

    private static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';

    private bool Fill()
    {
        if (_from > 0)
        {
            Buffer.BlockCopy(_buffer, _from, _buffer, 0, _to - _from);
            (_from, _to) = (0, _to - _from);
        }
        if (_to == _buffer.Length)
        {
            if (_buffer.Length >= MostBytes) return false;
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        try
        {
            var read = stream.Read(_buffer, _to, _buffer.Length - _to);
            _to += read;
            return read > 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }
}

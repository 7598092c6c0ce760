using System.Text;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// Output as the eye would put it together, to look for secrets in it: bytes as Latin-1, without colours and other sequences that move nothing; one that
/// moves the cursor is a line feed. Knows for each character which byte it was.
/// </summary>
internal sealed class ScreenText
{
    private const byte Esc = 0x1b;

    // The first byte of every C1 control in UTF-8.
    private const byte C1Lead = 0xc2;
    private readonly List<Run> _runs = [];
    private char[] _text = [];
    private int _count;

    public ReadOnlySpan<char> Text => _text.AsSpan(0, _count);

    public void Read(ReadOnlySpan<byte> raw)
    {
        (_count, var at) = (0, 0);
        _runs.Clear();
        if (_text.Length < raw.Length) _text = new char[raw.Length * 5 / 4];
        while (at < raw.Length)
        {
            var plain = Plain(raw[at..]);
            if (plain > 0) Take(raw, at, plain);
            at += plain;
            if (at < raw.Length) at += Pass(raw[at..], at);
        }
    }

    /// <summary>Tells which bytes the characters of a stretch are, in order; sequences between them are not among them.</summary>
    public void ForBytes(int start, int end, Action<int, int> bytes)
    {
        for (var i = RunOf(start); i < _runs.Count && _runs[i].Text < end; i++)
        {
            var run = _runs[i];
            if (!run.IsText) continue;
            var (from, to) = (Math.Max(start, run.Text), Math.Min(end, run.Text + run.Length));
            if (from < to) bytes(run.Raw + from - run.Text, run.Raw + to - run.Text);
        }
    }

    /// <summary>The byte that a character begins at.</summary>
    public int RawAt(int text) => text >= _count || _runs.Count == 0 ? int.MaxValue : _runs[RunOf(text)] is var run ? run.Raw + (run.IsText ? text - run.Text : 0) : 0;

    private void Take(ReadOnlySpan<byte> raw, int at, int length)
    {
        Encoding.Latin1.GetChars(raw.Slice(at, length), _text.AsSpan(_count));
        _runs.Add(new Run(_count, length, at, true));
        _count += length;
    }

    // How many bytes there are before a sequence.
    private static int Plain(ReadOnlySpan<byte> raw)
    {
        for (var at = 0; ; at++)
        {
            var next = raw[at..].IndexOfAny(Esc, C1Lead);
            if (next < 0) return raw.Length;
            at += next;
            if (raw[at] == Esc || (at + 1 < raw.Length && raw[at + 1] is >= 0x80 and <= 0x9f)) return at;
        }
    }

    // A sequence, as far as it has come.
    private int Pass(ReadOnlySpan<byte> raw, int at)
    {
        var end = 1;
        while (raw[0] == Esc && end < raw.Length && raw[end] is >= 0x20 and <= 0x2f) end++;
        if (end >= raw.Length) return raw.Length;
        // A C1 control is what ESC and the byte 0x40 below it are.
        var kind = (char)(raw[0] == Esc ? raw[end] : raw[end] - 0x40);
        if (kind != '[')
        {
            // What follows the head of a string is text that may hold a secret too.
            if (kind is ']' or 'P' or 'X' or '^' or '_') Feed(at);
            return end + 1;
        }
        var final = raw[(end + 1)..].IndexOfAnyExceptInRange((byte)0x20, (byte)0x3f);
        if (final < 0) return raw.Length;
        end += 1 + final;
        if (raw[end] == Esc) return end;
        if (raw[end] is not ((byte)'m' or (byte)'K' or (byte)'h' or (byte)'l')) Feed(at);
        return end + 1;
    }

    private void Feed(int at)
    {
        _runs.Add(new Run(_count, 1, at, false));
        _text[_count++] = '\n';
    }

    private int RunOf(int text)
    {
        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].Text <= text) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private readonly record struct Run(int Text, int Length, int Raw, bool IsText);
}

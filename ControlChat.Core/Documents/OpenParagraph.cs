using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>The paragraph that is open: where it began and, when it may begin with link reference definitions, its lines.</summary>
internal sealed class OpenParagraph(byte[] text)
{
    private readonly List<(int Start, int End, int LineStart, int Line)> _lines = [];
    private readonly StringBuilder _definitions = new();
    private bool _keeps;

    public int Start { get; private set; }

    public int Line { get; private set; }

    public string Definitions => _definitions.ToString();

    /// <param name="start">Where its text begins.</param>
    public void Begin(int start, int end, int lineStart, int line)
    {
        (Start, Line) = (lineStart, line);
        _keeps = text[start] == '[';
        _lines.Clear();
        Add(start, end, lineStart, line);
    }

    public void Add(int start, int end, int lineStart, int line)
    {
        if (_keeps) _lines.Add((start, end, lineStart, line));
    }

    /// <summary>Takes the definitions off its beginning.</summary>
    /// <returns>Whether any text is left.</returns>
    public bool DropDefinitions()
    {
        if (!_keeps || _lines.Count == 0) return !_keeps;
        var all = Join();
        var dropped = 0;
        for (int length; dropped < all.Length && (length = LinkDefinitions.Length(all.AsSpan(dropped))) > 0;) dropped += length;
        if (dropped > 0)
        {
            _definitions.Append(Encoding.UTF8.GetString(all, 0, dropped));
            if (all[dropped - 1] != '\n') _definitions.Append('\n');
            _lines.RemoveRange(0, dropped >= all.Length ? _lines.Count : all.AsSpan(0, dropped).Count((byte)'\n'));
        }
        if (_lines.Count == 0) return false;
        (Start, Line) = (_lines[0].LineStart, _lines[0].Line);
        return true;
    }

    public void End()
    {
        DropDefinitions();
        _lines.Clear();
        _keeps = false;
    }

    private byte[] Join()
    {
        var all = new byte[_lines.Sum(l => l.End - l.Start + 1)];
        var at = 0;
        foreach (var (start, end, _, _) in _lines)
        {
            text.AsSpan(start, end - start).CopyTo(all.AsSpan(at));
            at += end - start;
            all[at++] = (byte)'\n';
        }
        return all;
    }
}

namespace ControlChat.Core.Documents;

/// <summary>
/// Finds the headings of a Markdown document in one pass over its bytes: the first phase of the parsing strategy of CommonMark 0.31.2
/// (blocks), with as much of its state as decides what a heading is and whether a container holds it, and no tree.
/// </summary>
internal sealed class HeadingScanner
{
    // Deeper ones are text: otherwise a line of marks makes every later line as long to read as it is deep.
    private const int MostDepth = 100;

    private readonly byte[] _text;
    private readonly OpenParagraph _paragraph;
    private readonly List<Container> _open = [];
    private readonly List<ScannedHeading> _headings = [];
    private readonly List<(int Start, int End)> _comments = [];
    private Leaf _leaf;
    private byte _fenceMark;
    private int _fenceLength;
    private int _htmlKind;
    private int _start;
    private int _end;
    private int _after;
    private int _line;

    private HeadingScanner(byte[] text) => (_text, _paragraph) = (text, new OpenParagraph(text));

    private enum Leaf
    {
        None,
        Paragraph,
        Fence,
        IndentedCode,
        Html,
    }

    /// <param name="Width">Columns that a line of a list item is indented by; 0: a quote.</param>
    private readonly record struct Container(int Width, bool IsEmpty);

    public static ScannedDocument Scan(byte[] text)
    {
        var mark = text.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var from = mark + FrontMatter.Length(text.AsSpan(mark));
        return new HeadingScanner(text).Run(from);
    }

    private ScannedDocument Run(int from)
    {
        for (var before = new Lines(_text.AsSpan(0, from)); before.Next();) _line++;
        for (var lines = new Lines(_text, from); lines.Next();)
        {
            (_start, _end, _after) = (lines.Start, lines.End, lines.After);
            _line++;
            if (_open.Count > 0 || !ReadPlain()) Read();
        }
        if (_leaf == Leaf.Paragraph) _paragraph.End();
        var open = _leaf switch { Leaf.Fence when _open.Count == 0 => "a code fence", Leaf.Html when _htmlKind < HtmlStarts.Named && _open.Count == 0 => "an HTML block", _ => null };
        return new ScannedDocument(_headings, _comments, _paragraph.Definitions, from, _line, open);
    }

    /// <summary>Most lines are text that begins nothing: outside of containers their first byte says so.</summary>
    private bool ReadPlain()
    {
        if (_start == _end)
        {
            if (_leaf == Leaf.Paragraph || (_leaf == Leaf.Html && _htmlKind >= HtmlStarts.Named)) EndLeaf();
            return true;
        }
        var first = _text[_start];
        if (!char.IsAsciiLetter((char)first) && first < 0x80) return false;
        switch (_leaf)
        {
            case Leaf.Paragraph:
                _paragraph.Add(_start, _end, _start, _line);
                break;
            case Leaf.None or Leaf.IndentedCode:
                BeginParagraph(_start);
                break;
            case Leaf.Html:
                if (HtmlStarts.Ends(_htmlKind, _text.AsSpan(_start, _end - _start))) _leaf = Leaf.None;
                break;
        }
        return true;
    }

    private void Read()
    {
        var cursor = new LineCursor(_text.AsSpan(_start, _end - _start));
        var matched = MatchContainers(ref cursor);
        cursor.Look();
        if (matched == _open.Count && _leaf is not (Leaf.None or Leaf.Paragraph) && GoesOn(ref cursor)) return;
        Open(ref cursor, matched);
    }

    /// <returns>How many of the open containers this line belongs to.</returns>
    private int MatchContainers(ref LineCursor cursor)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            cursor.Look();
            if (_open[i].Width == 0)
            {
                if (cursor.IsCode || cursor.First != '>') return i;
                SkipQuoteMark(ref cursor);
            }
            else if (cursor.IsBlank ? _open[i].IsEmpty : cursor.Indent < _open[i].Width)
            {
                return i;
            }
            else
            {
                cursor.SkipColumns(_open[i].Width);
            }
        }
        return _open.Count;
    }

    /// <summary>Whether this line belongs to the code or HTML that is open; it is then dealt with.</summary>
    private bool GoesOn(ref LineCursor cursor)
    {
        switch (_leaf)
        {
            case Leaf.Fence:
                if (!cursor.IsCode && BlockStarts.ClosesFence(cursor.Rest, _fenceMark, _fenceLength)) _leaf = Leaf.None;
                return true;
            case Leaf.IndentedCode:
                return cursor.IsCode || cursor.IsBlank;
            default:
                if (_htmlKind >= HtmlStarts.Named) return !cursor.IsBlank;
                if (HtmlStarts.Ends(_htmlKind, cursor.Rest)) _leaf = Leaf.None;
                return true;
        }
    }

    private void Open(ref LineCursor cursor, int matched)
    {
        // An open paragraph takes what begins nothing new, even where its containers' marks are missing (lazy continuation).
        var lazy = _leaf == Leaf.Paragraph;
        var inParagraph = lazy && matched == _open.Count;
        for (; !cursor.IsBlank && !cursor.IsCode; cursor.Look())
        {
            if (inParagraph && EndsAsHeading(cursor.Rest)) return;
            if (OpenLeaf(ref cursor, matched, lazy)) return;
            if (_open.Count >= MostDepth || !OpenContainer(ref cursor, matched, inParagraph)) break;
            matched = _open.Count;
            lazy = inParagraph = false;
        }
        if (cursor.IsBlank)
        {
            CloseTo(matched);
        }
        else if (lazy)
        {
            _paragraph.Add(_start + cursor.Text, _end, _start, _line);
        }
        else
        {
            Add(matched);
            if (cursor.IsCode) _leaf = Leaf.IndentedCode;
            else BeginParagraph(_start + cursor.Text);
        }
    }

    /// <summary>The underline of a setext heading.</summary>
    private bool EndsAsHeading(ReadOnlySpan<byte> rest)
    {
        var level = BlockStarts.SetextLevel(rest);
        if (level == 0 || !_paragraph.DropDefinitions()) return false;
        if (_open.Count == 0)
        {
            var title = _text.AsSpan(_paragraph.Start, _start - _paragraph.Start);
            var (from, to) = (title.Length - title.TrimStart(" \t\r\n"u8).Length, title.TrimEnd(" \t\r\n"u8).Length);
            _headings.Add(new ScannedHeading(level, true, _paragraph.Start, _after, _paragraph.Line, _line, _paragraph.Start + from, _paragraph.Start + to));
        }
        EndLeaf();
        return true;
    }

    /// <summary>A block of lines: a heading, a break, a fence or HTML.</summary>
    private bool OpenLeaf(ref LineCursor cursor, int matched, bool lazy)
    {
        var rest = cursor.Rest;
        switch (rest[0])
        {
            case (byte)'#' when BlockStarts.AtxLevel(rest) is > 0 and var level:
                Add(matched);
                if (_open.Count == 0) AddAtx(rest, level, _start + cursor.Text);
                return true;
            case (byte)'`' or (byte)'~' when BlockStarts.Fence(rest) is > 0 and var length:
                Add(matched);
                (_leaf, _fenceMark, _fenceLength) = (Leaf.Fence, rest[0], length);
                return true;
            case (byte)'<' when HtmlStarts.Kind(rest) is > 0 and var kind && (kind < HtmlStarts.AnyTag || !lazy):
                Add(matched);
                AddHtml(rest, kind);
                return true;
            case (byte)'*' or (byte)'-' or (byte)'_' when BlockStarts.IsThematicBreak(rest):
                Add(matched);
                return true;
            default:
                return false;
        }
    }

    private void AddAtx(ReadOnlySpan<byte> rest, int level, int at)
    {
        var (from, to) = BlockStarts.AtxTitle(rest, level);
        _headings.Add(new ScannedHeading(level, false, _start, _after, _line, _line, at + from, at + to));
    }

    private void AddHtml(ReadOnlySpan<byte> rest, int kind)
    {
        var ends = HtmlStarts.Ends(kind, rest);
        if (!ends) (_leaf, _htmlKind) = (Leaf.Html, kind);
        if (ends && kind == HtmlStarts.Comment && _open.Count == 0 && rest.Length >= "<!---->".Length && rest.TrimEnd(" \t"u8).EndsWith("-->"u8)) _comments.Add((_start, _after));
    }

    private bool OpenContainer(ref LineCursor cursor, int matched, bool inParagraph)
    {
        if (cursor.First == '>')
        {
            Add(matched);
            _open.Add(new Container(0, IsEmpty: true));
            SkipQuoteMark(ref cursor);
            return true;
        }
        var marker = BlockStarts.ListMarker(cursor.Rest, inParagraph);
        if (marker == 0) return false;
        Add(matched);
        var indent = cursor.Indent;
        cursor.SkipText(marker);
        cursor.Look();
        // Five columns or more are code in the item; with nothing behind the marker the content begins one column after it.
        var space = cursor.IsBlank || cursor.Indent > 4 ? 1 : cursor.Indent;
        cursor.SkipColumns(space);
        _open.Add(new Container(indent + marker + space, IsEmpty: true));
        return true;
    }

    private static void SkipQuoteMark(ref LineCursor cursor)
    {
        cursor.SkipText(1);
        if (cursor.IsAtSpace) cursor.SkipColumns(1);
    }

    private void BeginParagraph(int start)
    {
        _leaf = Leaf.Paragraph;
        _paragraph.Begin(start, _end, _start, _line);
    }

    /// <summary>Makes room for a new block in the last of the matched containers.</summary>
    private void Add(int matched)
    {
        CloseTo(matched);
        if (_open.Count > 0) _open[^1] = _open[^1] with { IsEmpty = false };
    }

    private void CloseTo(int matched)
    {
        EndLeaf();
        _open.RemoveRange(matched, _open.Count - matched);
    }

    private void EndLeaf()
    {
        if (_leaf == Leaf.Paragraph) _paragraph.End();
        _leaf = Leaf.None;
    }
}

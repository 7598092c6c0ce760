using System.Text;

namespace ControlChat.Tests.HouseRules;

/// <summary>C# source taken apart: code with comments and literals blanked out (positions kept), and those apart.
/// Small on purpose: it knows tokens, not grammar.</summary>
internal sealed class SourceText
{
    private readonly string _source;
    private readonly char[] _code;
    private int _at;

    private SourceText(string source)
    {
        _source = source;
        _code = new char[source.Length];
        for (var i = 0; i < source.Length; i++) _code[i] = source[i] == '\n' ? '\n' : ' ';
        ReadCode(holeBraces: 0);
        Code = new string(_code);
    }

    /// <summary>The code; a literal is left as two quotes, the holes of an interpolated one as code.</summary>
    public string Code { get; }

    public List<Literal> Literals { get; } = [];

    public List<Comment> Comments { get; } = [];

    /// <summary>Preprocessor lines, trimmed.</summary>
    public List<Comment> Directives { get; } = [];

    public int Lines => _source.AsSpan().TrimEnd('\n').Count('\n') + 1;

    public static SourceText Read(string source) => new(source.Replace("\r\n", "\n", StringComparison.Ordinal));

    public int LineOf(int position) => _source.AsSpan(0, position).Count('\n') + 1;

    private char Peek(int ahead = 0) => _at + ahead < _source.Length ? _source[_at + ahead] : '\0';

    private bool Sees(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    /// <summary>Reads to the end, or (in a hole of an interpolated literal) to the brace that closes the hole.</summary>
    private void ReadCode(int holeBraces)
    {
        var depth = 0;
        while (_at < _source.Length)
        {
            var c = Peek();
            if (Sees("//")) ReadComment(Comments, EndOfLine());
            else if (Sees("/*")) ReadComment(Comments, After("*/"));
            else if (c == '#' && OnlySpaceBefore()) ReadComment(Directives, EndOfLine());
            else if (LiteralPrefix() is { } prefix) ReadLiteral(prefix.Dollars, prefix.Verbatim);
            else if (c == '\'') ReadCharacter();
            else if (holeBraces > 0 && depth == 0 && (c is '}' or ':')) return;
            else
            {
                if (c is '(' or '[' or '{') depth++;
                if (c is ')' or ']' or '}') depth--;
                _code[_at++] = c;
            }
        }
    }

    private void ReadComment(List<Comment> into, int end)
    {
        into.Add(new Comment(_at, _source[_at..end].Trim()));
        _at = end;
    }

    private int EndOfLine() => _source.IndexOf('\n', _at) is var end && end < 0 ? _source.Length : end;

    private int After(string mark) => _source.IndexOf(mark, _at + 2, StringComparison.Ordinal) is var end && end < 0 ? _source.Length : end + mark.Length;

    private bool OnlySpaceBefore()
    {
        for (var i = _at - 1; i >= 0 && _source[i] != '\n'; i--)
        {
            if (!char.IsWhiteSpace(_source[i])) return false;
        }
        return true;
    }

    private void ReadCharacter()
    {
        var end = Peek(1) == '\\' ? _source.IndexOf('\'', _at + 3) : _at + 2;
        _at = end < 0 || end >= _source.Length || _source[end] != '\'' ? _at + 1 : end + 1;
    }

    private (int Dollars, bool Verbatim)? LiteralPrefix()
    {
        int ahead = 0, dollars = 0;
        var verbatim = false;
        for (; Peek(ahead) is '$' or '@'; ahead++)
        {
            if (Peek(ahead) == '$') dollars++;
            else verbatim = true;
        }
        return Peek(ahead) == '"' ? (dollars, verbatim) : null;
    }

    private void ReadLiteral(int dollars, bool verbatim)
    {
        var start = _at;
        while (Peek() is '$' or '@') _at++;
        var quotes = 0;
        while (Peek(quotes) == '"') quotes++;
        var raw = quotes >= 3 && !verbatim;
        var fence = raw ? quotes : 1;
        _code[_at] = '"';
        _at += fence;
        var text = new StringBuilder();
        var holes = new List<string>();
        while (_at < _source.Length && !Sees(new string('"', fence)) || verbatim && Sees("\"\""))
        {
            if (!ReadHole(raw, dollars, text, holes)) ReadLiteralPart(raw, dollars, verbatim, text);
        }
        if (_at < _source.Length) _code[_at] = '"';
        _at = Math.Min(_at + fence, _source.Length);
        Literals.Add(new Literal(start, text.ToString(), dollars > 0, holes));
    }

    private void ReadLiteralPart(bool raw, int dollars, bool verbatim, StringBuilder text)
    {
        var pair = !raw && (!verbatim && Peek() == '\\' || verbatim && Sees("\"\"") || dollars > 0 && (Sees("{{") || Sees("}}")));
        for (var i = pair ? 2 : 1; i > 0 && _at < _source.Length; i--) text.Append(_source[_at++]);
    }

    private bool ReadHole(bool raw, int dollars, StringBuilder text, List<string> holes)
    {
        if (dollars == 0 || Peek() != '{' || !raw && Peek(1) == '{') return false;
        var braces = raw ? dollars : 1;
        if (!Sees(new string('{', braces))) return false;
        _at += braces;
        var start = _at;
        ReadCode(braces);
        holes.Add(_source[start.._at].Trim());
        if (Peek() == ':') _at = _source.IndexOf('}', _at) is var end && end < 0 ? _source.Length : end;
        _at = Math.Min(_at + braces, _source.Length);
        text.Append("{}");
        return true;
    }
}

/// <summary>A string literal without its quotes; a hole of an interpolated one is left as <c>{}</c>.</summary>
internal sealed record Literal(int Position, string Text, bool Interpolated, IReadOnlyList<string> Holes);

internal sealed record Comment(int Position, string Text);

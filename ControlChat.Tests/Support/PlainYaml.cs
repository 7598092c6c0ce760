using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Tests.Support;

/// <summary>
/// Reads the part of YAML that the repository's own files keep to: block mappings and lists, flow lists, quoted and plain scalars, anchors
/// with merges, and literal blocks. Anything else is an error, not a guess.
/// </summary>
internal sealed partial class PlainYaml
{
    private readonly List<(int Indent, string Text)> _lines = [];
    private readonly Dictionary<string, JsonNode> _anchors = [];
    private int _at;

    private PlainYaml(string text)
    {
        foreach (var line in text.Split('\n'))
            if (line.Trim().Length > 0 && !line.TrimStart().StartsWith('#')) _lines.Add((line.Length - line.TrimStart().Length, Comment().Replace(line.Trim(), "")));
    }

    public static JsonObject Read(string text) => new PlainYaml(text).Mapping(0);

    private JsonObject Mapping(int indent)
    {
        var mapping = new JsonObject();
        while (_at < _lines.Count && _lines[_at].Indent == indent && !_lines[_at].Text.StartsWith("- ", StringComparison.Ordinal))
        {
            var match = Pair().Match(_lines[_at++].Text);
            if (!match.Success) throw new FormatException($"Not a pair: {_lines[_at - 1].Text}");
            Put(mapping, match.Groups["key"].Value.Trim('"', '\''), match.Groups["rest"].Value, indent);
        }
        if (_at < _lines.Count && _lines[_at].Indent > indent) throw new FormatException($"Too deep: {_lines[_at].Text}");
        return mapping;
    }

    private void Put(JsonObject mapping, string key, string rest, int indent)
    {
        if (key == "<<")
        {
            // What the mapping says itself wins.
            foreach (var (name, value) in _anchors[rest.TrimStart('*')].AsObject())
                if (!mapping.ContainsKey(name)) mapping[name] = value?.DeepClone();
            return;
        }
        var anchor = Anchor().Match(rest);
        var node = Value(anchor.Success ? rest[anchor.Length..].Trim() : rest, indent);
        if (anchor.Success) _anchors[anchor.Groups[1].Value] = node!;
        if (mapping.ContainsKey(key) && !_lines.Any(l => l.Text.StartsWith("<<:", StringComparison.Ordinal))) throw new FormatException($"{key} stands twice.");
        mapping[key] = node?.DeepClone();
    }

    private JsonNode? Value(string rest, int indent)
    {
        if (rest == "|") return Literal(indent);
        if (rest.Length > 0) return Scalar(rest);
        if (_at == _lines.Count || _lines[_at].Indent <= indent) return null;
        return _lines[_at].Text.StartsWith("- ", StringComparison.Ordinal) ? List(_lines[_at].Indent) : Mapping(_lines[_at].Indent);
    }

    private JsonArray List(int indent)
    {
        var list = new JsonArray();
        while (_at < _lines.Count && _lines[_at].Indent == indent && _lines[_at].Text.StartsWith("- ", StringComparison.Ordinal))
        {
            var item = _lines[_at].Text[2..];
            if (Pair().IsMatch(item) && !item.StartsWith('$'))
            {
                _lines[_at] = (indent + 2, item);
                list.Add((JsonNode)Mapping(indent + 2));
            }
            else
            {
                _at++;
                list.Add(Scalar(item));
            }
        }
        return list;
    }

    private JsonNode Literal(int indent)
    {
        var text = new List<string>();
        while (_at < _lines.Count && _lines[_at].Indent > indent) text.Add(_lines[_at++].Text);
        return string.Join('\n', text);
    }

    private static JsonNode? Scalar(string text) => text switch
    {
        _ when text.StartsWith('[') && text.Contains('"', StringComparison.Ordinal) => JsonNode.Parse(text),
        _ when text.StartsWith('[') => new JsonArray([.. text.Trim('[', ']').Split(',').Select(t => (JsonNode)t.Trim())]),
        _ when text.StartsWith('"') => JsonNode.Parse(text),
        _ when text.StartsWith('\'') => text[1..^1],
        "true" => true,
        "false" => false,
        _ when text[0] is '{' or '&' or '*' or '>' or '!' or '%' or '@' or '`' => throw new FormatException($"Not read: {text}"),
        _ => text,
    };

    [GeneratedRegex(@"^(?<key>""[^""]*""|'[^']*'|[A-Za-z0-9_<.-]+):(?: +(?<rest>.*))?$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^&([a-z-]+)")]
    private static partial Regex Anchor();

    [GeneratedRegex(@" +#[^""']*$")]
    private static partial Regex Comment();
}

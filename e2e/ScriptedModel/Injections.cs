using System.Text.Json;

namespace ControlChat.ScriptedModel;

/// <summary>Finds <c>INSTRUCTION: call TOOL {json}</c> in everything the model was given, also inside JSON text, and obeys each once.</summary>
public static class Injections
{
    private const string Mark = "INSTRUCTION: call ";

    public static ScriptedCall? Next(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var done = request.Items.Where(i => i.Kind == "call").Select(i => (i.Name, i.Text)).ToHashSet();
        return request.Items
            .Where(i => i.Kind != "call")
            .SelectMany(i => Texts(i.Text))
            .SelectMany(Calls)
            .FirstOrDefault(c => !done.Contains((c.Name, c.Arguments)));
    }

    // A tool result is JSON: the instruction stands in one of its strings, maybe in JSON within JSON.
    private static IEnumerable<string> Texts(string text)
    {
        if (!text.Contains(Mark, StringComparison.Ordinal)) return [];
        return text.Length > 0 && text.TrimStart()[0] is '{' or '[' or '"' && TryParse(text) is { } element ? Strings(element).SelectMany(Texts) : [text];
    }

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Strings(p.Value).Append(p.Name)),
        _ => [],
    };

    private static IEnumerable<ScriptedCall> Calls(string text)
    {
        for (var at = text.IndexOf(Mark, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Mark, at + 1, StringComparison.Ordinal))
        {
            var rest = text[(at + Mark.Length)..];
            var brace = rest.IndexOf('{', StringComparison.Ordinal);
            var name = (brace < 0 ? rest : rest[..brace]).Trim().Split(' ', '\n')[0];
            if (name.Length == 0) continue;
            yield return new ScriptedCall(name.Replace('.', '_'), brace < 0 ? "{}" : Balanced(rest[brace..]));
        }
    }

    private static string Balanced(string text)
    {
        var depth = 0;
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\') i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (!quoted && text[i] == '{') depth++;
            else if (!quoted && text[i] == '}' && --depth == 0) return text[..(i + 1)];
        }
        return text;
    }

    private static JsonElement? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>
/// The fields of a question, from a JSON schema that somebody else wrote: text, number, boolean and choice as MCP's elicitation knows
/// them (https://modelcontextprotocol.io/specification/draft/client/elicitation), anything else as JSON. A schema that makes no sense
/// makes fewer fields, never a fault.
/// </summary>
public sealed class QuestionForm
{
    /// <summary>Of an answer's content: 16 KiB of JSON.</summary>
    public const int MostBytes = 16 * 1024;

    private QuestionForm(IReadOnlyList<QuestionField> fields) => Fields = fields;

    public IReadOnlyList<QuestionField> Fields { get; }

    public static QuestionForm Of(JsonObject? schema)
    {
        if (schema?["properties"] is not JsonObject properties) return new QuestionForm([]);
        var required = (schema["required"] as JsonArray ?? []).Select(Text).OfType<string>().ToHashSet();
        return new QuestionForm([.. properties.Select(p => Field(p.Key, p.Value as JsonObject ?? [], required.Contains(p.Key)))]);
    }

    /// <returns>What is wrong with the content, in words; null when it answers the question.</returns>
    public string? Check(JsonObject content)
    {
        var known = Fields.ToDictionary(f => f.Name);
        foreach (var (name, value) in content)
        {
            if (!known.TryGetValue(name, out var field)) return $"The question has no field '{(name.Length <= 80 ? name : name[..80] + "…")}'.";
            if (field.Check(value) is { } fault) return fault;
        }
        return Fields.FirstOrDefault(f => f.Required && !content.ContainsKey(f.Name)) is { } missing ? $"'{missing.Name}' is missing." : null;
    }

    private static QuestionField Field(string name, JsonObject schema, bool required)
    {
        var choices = Choices(schema);
        var kind = choices.Count > 0 ? QuestionFieldKind.Choice : KindOf(schema);
        var (least, most) = kind == QuestionFieldKind.Text ? ("minLength", "maxLength") : ("minimum", "maximum");
        return new QuestionField(name, kind, Text(schema["title"]), Text(schema["description"]), required)
        {
            Choices = choices,
            Secret = IsTrue(schema["writeOnly"]) || Text(schema["format"]) == "password",
            Default = schema["default"],
            Least = Number(schema[least]),
            Most = Number(schema[most]),
        };
    }

    private static QuestionFieldKind KindOf(JsonObject schema) => Types(schema["type"]) switch
    {
        ["string"] when schema["enum"] is null && schema["oneOf"] is null && schema["anyOf"] is null => QuestionFieldKind.Text,
        ["number"] => QuestionFieldKind.Number,
        ["integer"] => QuestionFieldKind.WholeNumber,
        ["boolean"] => QuestionFieldKind.Boolean,
        _ => QuestionFieldKind.Json,
    };

    private static string[] Types(JsonNode? type) => type is JsonArray several ? [.. several.Select(Text).OfType<string>().Where(t => t != "null")] : Text(type) is { } one ? [one] : [];

    // enum with enumNames, or oneOf/anyOf of {const, title}; only where every value is a text.
    private static IReadOnlyList<(string Value, string Label)> Choices(JsonObject schema)
    {
        if (schema["enum"] is JsonArray values)
        {
            var names = schema["enumNames"] as JsonArray;
            var plain = values.Select((v, i) => (Value: Text(v), Label: Text(names is not null && i < names.Count ? names[i] : null))).ToList();
            return plain.All(c => c.Value is not null) ? [.. plain.Select(c => (c.Value!, c.Label ?? c.Value!)).DistinctBy(c => c.Item1)] : [];
        }
        if ((schema["oneOf"] ?? schema["anyOf"]) is not JsonArray options) return [];
        var titled = options.Select(o => o as JsonObject).Select(o => (Value: Text(o?["const"]), Label: Text(o?["title"]))).ToList();
        return titled.All(c => c.Value is not null) ? [.. titled.Select(c => (c.Value!, c.Label ?? c.Value!)).DistinctBy(c => c.Item1)] : [];
    }

    private static bool IsTrue(JsonNode? value) => value?.GetValueKind() == JsonValueKind.True;

    private static string? Text(JsonNode? value) => value is JsonValue one && one.TryGetValue(out string? text) ? text : null;

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>As much of JSON Schema draft 7 as Codex uses: type, enum, required, properties, additionalProperties, items, oneOf, anyOf,
/// allOf, minimum and references. A word it does not know fails, so that no rule is passed over.</summary>
internal sealed class WireSchema(string file)
{
    private static readonly HashSet<string> _words = ["type", "enum", "required", "properties", "additionalProperties", "items", "oneOf", "anyOf", "allOf", "minimum", "$ref"];
    private readonly JsonObject _definitions = JsonNode.Parse(File.ReadAllText(file))!["definitions"]!.AsObject();

    /// <returns>Where and why a value does not fit; null when it does.</returns>
    public string? Fault(string definition, JsonNode? value) => Fault(_definitions[definition]!, value, "$");

    /// <summary>All fields a definition names, in whichever of its forms.</summary>
    public IReadOnlySet<string> FieldsOf(string definition) => Fields(_definitions[definition]!).ToHashSet();

    private IEnumerable<string> Fields(JsonNode schema)
    {
        if (schema is not JsonObject rules) return [];
        var own = rules["properties"] is JsonObject properties ? properties.Select(p => p.Key) : [];
        var forms = new[] { "oneOf", "anyOf", "allOf" }.SelectMany(word => rules[word] is JsonArray all ? all.SelectMany(s => Fields(s!)) : []);
        var referred = rules["$ref"] is { } reference ? Fields(Resolve(reference)) : [];
        return [.. own, .. forms, .. referred];
    }

    private string? Fault(JsonNode schema, JsonNode? value, string at)
    {
        if (schema is JsonValue all) return all.GetValue<bool>() ? null : $"{at} must not be there";
        var rules = schema.AsObject();
        if (rules.Select(r => r.Key).FirstOrDefault(word => !_words.Contains(word)) is { } unknown) throw new NotSupportedException($"the schema says '{unknown}'");
        return OwnFault(rules, value, at) ?? FormFault(rules, value, at) ?? (value as JsonObject is { } fields ? FieldFault(rules, fields, at) : null)
            ?? (value is JsonArray array && rules["items"] is { } items ? array.Select((one, i) => Fault(items, one, $"{at}[{i}]")).FirstOrDefault(f => f is not null) : null);
    }

    private string? OwnFault(JsonObject rules, JsonNode? value, string at)
    {
        if (rules["$ref"] is { } reference && Fault(Resolve(reference), value, at) is { } fault) return fault;
        if (rules["type"] is { } type && !(type is JsonArray types ? types.Select(t => t!.GetValue<string>()) : [type.GetValue<string>()]).Any(name => Is(name, value))) return $"{at} is no {type.ToJsonString()}";
        if (rules["enum"] is JsonArray words && !words.Any(w => JsonNode.DeepEquals(w, value))) return $"{at} is none of {words.ToJsonString()}";
        return rules["minimum"] is { } least && value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() < least.GetValue<double>() ? $"{at} is below {least}" : null;
    }

    private string? FormFault(JsonObject rules, JsonNode? value, string at)
    {
        if (rules["allOf"] is JsonArray all && all.Select(s => Fault(s!, value, at)).FirstOrDefault(f => f is not null) is { } fault) return fault;
        foreach (var word in new[] { "oneOf", "anyOf" })
        {
            if (rules[word] is JsonArray forms && forms.All(s => Fault(s!, value, at) is not null)) return $"{at} has none of its forms ({string.Join("; ", forms.Select(s => Fault(s!, value, at)).Distinct().Take(4))})";
        }
        return null;
    }

    private string? FieldFault(JsonObject rules, JsonObject value, string at)
    {
        if (rules["required"] is JsonArray required && required.FirstOrDefault(r => !value.ContainsKey(r!.GetValue<string>())) is { } missing) return $"{at} lacks {missing}";
        var properties = rules["properties"] as JsonObject;
        foreach (var (name, field) in value)
        {
            var schema = properties?[name] ?? (properties?.ContainsKey(name) == true ? null : rules["additionalProperties"]);
            if (schema is not null && Fault(schema, field, $"{at}.{name}") is { } fault) return fault;
        }
        return null;
    }

    private JsonNode Resolve(JsonNode reference) => _definitions[reference.GetValue<string>().Split('/')[^1]]!;

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("null", JsonValueKind.Null) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => value!.ToJsonString().All(c => char.IsAsciiDigit(c) || c == '-'),
        _ => false,
    };
}

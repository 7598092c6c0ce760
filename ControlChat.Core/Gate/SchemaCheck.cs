using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>
/// Checks arguments against a tool's schema: the part of JSON Schema that <see cref="ArgumentSchema"/> produces
/// (type, enum, properties, required, additionalProperties, items and the bounds). Text lengths count code points.
/// </summary>
internal static class SchemaCheck
{
    private const int MaxDepth = 16;

    /// <exception cref="ToolRefusedException"><c>invalid</c> with code <c>invalid</c>, <c>unknown_field</c> or <c>too_long</c>, naming the field.</exception>
    public static void Check(JsonElement schema, JsonNode? value) => Check(schema, value, "", 0);

    private static void Check(JsonElement schema, JsonNode? value, string path, int depth)
    {
        if (depth > MaxDepth) throw ToolRefusedException.Invalid($"{Name(path)} is nested too deeply.");
        if (schema.ValueKind != JsonValueKind.Object) return;
        CheckType(schema, value, path);
        if (schema.TryGetProperty("enum", out var allowed)) CheckEnum(allowed, value, path);
        switch (value)
        {
            case JsonObject o:
                CheckObject(schema, o, path, depth);
                break;
            case JsonArray a:
                CheckArray(schema, a, path, depth);
                break;
            case JsonValue v:
                CheckBounds(schema, v, path);
                break;
        }
    }

    private static void CheckType(JsonElement schema, JsonNode? value, string path)
    {
        if (!schema.TryGetProperty("type", out var type)) return;
        var kinds = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!).ToArray() : [type.GetString()!];
        if (!kinds.Any(k => Fits(k, value)))
            throw ToolRefusedException.Invalid($"{Name(path)} must be {string.Join(" or ", kinds.Where(k => k != "null"))}.");
    }

    private static bool Fits(string kind, JsonNode? value) => kind switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value is JsonValue s && s.GetValueKind() == JsonValueKind.String,
        "boolean" => value is JsonValue b && b.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value is JsonValue n && n.GetValueKind() == JsonValueKind.Number,
        "integer" => value is JsonValue i && i.GetValueKind() == JsonValueKind.Number && IsInteger(i),
        _ => false,
    };

    private static bool IsInteger(JsonValue value) =>
        double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && Math.Floor(number) == number && Math.Abs(number) <= 9007199254740991;

    private static void CheckEnum(JsonElement allowed, JsonNode? value, string path)
    {
        if (allowed.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.Null ? value is null : JsonNode.DeepEquals(JsonNode.Parse(a.GetRawText()), value))) return;
        if (value is null) return;
        throw ToolRefusedException.Invalid($"{Name(path)} must be one of {string.Join(", ", allowed.EnumerateArray().Where(a => a.ValueKind != JsonValueKind.Null).Select(a => a.ToString()))}.");
    }

    private static void CheckObject(JsonElement schema, JsonObject value, string path, int depth)
    {
        var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
        var open = !schema.TryGetProperty("additionalProperties", out var additional) || additional.ValueKind != JsonValueKind.False;
        foreach (var (name, item) in value)
        {
            if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(name, out var property)) Check(property, item, Join(path, name), depth + 1);
            else if (!open) throw new ToolRefusedException("invalid", "unknown_field", $"There is no argument '{Shorten(Join(path, name))}'. {Known(known)}");
        }
        if (!schema.TryGetProperty("required", out var required)) return;
        foreach (var name in required.EnumerateArray().Select(r => r.GetString()!))
        {
            if (!value.ContainsKey(name)) throw ToolRefusedException.Invalid($"{Name(Join(path, name))} is missing.");
        }
    }

    private static void CheckArray(JsonElement schema, JsonArray value, string path, int depth)
    {
        if (schema.TryGetProperty("maxItems", out var most) && value.Count > most.GetInt32())
            throw new ToolRefusedException("invalid", "too_long", $"{Name(path)} has {value.Count} entries; at most {most.GetInt32()} are allowed.");
        if (schema.TryGetProperty("minItems", out var least) && value.Count < least.GetInt32())
            throw ToolRefusedException.Invalid($"{Name(path)} needs at least {least.GetInt32()} entries.");
        if (!schema.TryGetProperty("items", out var items)) return;
        for (var i = 0; i < value.Count; i++) Check(items, value[i], $"{path}[{i}]", depth + 1);
    }

    private static void CheckBounds(JsonElement schema, JsonValue value, string path)
    {
        if (value.GetValueKind() == JsonValueKind.String) CheckText(schema, value, path);
        else if (value.GetValueKind() == JsonValueKind.Number) CheckNumber(schema, value, path);
    }

    private static void CheckText(JsonElement schema, JsonValue value, string path)
    {
        var length = CodePoints(value, path);
        if (schema.TryGetProperty("maxLength", out var most) && length > most.GetInt32())
            throw new ToolRefusedException("invalid", "too_long", $"{Name(path)} has {length} characters; at most {most.GetInt32()} are allowed.");
        if (schema.TryGetProperty("minLength", out var least) && length < least.GetInt32())
            throw ToolRefusedException.Invalid($"{Name(path)} needs at least {least.GetInt32()} characters.");
    }

    private static int CodePoints(JsonValue value, string path)
    {
        try
        {
            var text = value.GetValue<string>();
            for (var i = 0; i < text.Length; i++)
            {
                if (!char.IsSurrogate(text[i])) continue;
                if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                    throw ToolRefusedException.Invalid($"{Name(path)} holds half a character (a lone surrogate).");
                i++;
            }
            return text.EnumerateRunes().Count();
        }
        catch (InvalidOperationException)
        {
            throw ToolRefusedException.Invalid($"{Name(path)} holds half a character (a lone surrogate).");
        }
    }

    private static void CheckNumber(JsonElement schema, JsonValue value, string path)
    {
        var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        if (!double.IsFinite(number)) throw ToolRefusedException.Invalid($"{Name(path)} is too large.");
        if (schema.TryGetProperty("minimum", out var least) && number < least.GetDouble())
            throw ToolRefusedException.Invalid($"{Name(path)} must be at least {least}.");
        if (schema.TryGetProperty("maximum", out var most) && number > most.GetDouble())
            throw ToolRefusedException.Invalid($"{Name(path)} must be at most {most}.");
    }

    private static string Known(JsonElement properties) => properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().Any()
        ? $"There are {string.Join(", ", properties.EnumerateObject().Select(p => p.Name))}."
        : "This tool takes none.";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Name(string path) => path.Length == 0 ? "The argument object" : $"'{Shorten(path)}'";

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}

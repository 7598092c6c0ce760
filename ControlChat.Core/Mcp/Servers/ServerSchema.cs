using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>
/// Whether an outside tool's schema of arguments can be used: what the hub checks of it (see <see cref="Gate.SchemaCheck"/>) must be well formed.
/// What the hub does not know of JSON Schema, the server checks itself.
/// </summary>
internal static class ServerSchema
{
    private const int MostDepth = 16;
    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];
    private const int MostWords = 300;
    private static readonly string[] Kept = ["type", "enum", "required", "minimum", "maximum", "maxLength", "minLength", "maxItems", "minItems"];
    private static readonly string[] Counts = ["maxLength", "minLength", "maxItems", "minItems"];

    /// <returns>Null when it can be used, else why not.</returns>
    public static string? FaultOf(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || type.GetString() != "object")
            return "Its arguments are not described as an object.";
        return IsSound(schema, 0) ? null : "The description of its arguments is not a JSON Schema the hub can read.";
    }

    /// <summary>The part of it that every provider of models takes and that the hub checks.</summary>
    public static JsonObject Reduced(JsonElement schema)
    {
        var reduced = new JsonObject();
        if (schema.ValueKind != JsonValueKind.Object) return reduced;
        foreach (var name in Kept)
            if (schema.TryGetProperty(name, out var value)) reduced[name] = JsonNode.Parse(value.GetRawText());
        if (schema.TryGetProperty("description", out var said) && said.ValueKind == JsonValueKind.String) reduced["description"] = Shortened(said.GetString()!);
        if (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind is JsonValueKind.True or JsonValueKind.False) reduced["additionalProperties"] = more.GetBoolean();
        if (schema.TryGetProperty("properties", out var properties)) reduced["properties"] = new JsonObject(properties.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, (JsonNode?)Reduced(p.Value))));
        if (schema.TryGetProperty("items", out var items)) reduced["items"] = Reduced(items);
        else if (MayBeArray(schema)) reduced["items"] = new JsonObject();
        return reduced;
    }

    private static bool MayBeArray(JsonElement schema) => schema.TryGetProperty("type", out var type)
        && (type.ValueKind == JsonValueKind.String ? type.GetString() == "array" : type.EnumerateArray().Any(t => t.GetString() == "array"));

    private static string Shortened(string text) => text.Length <= MostWords ? text : text[..(char.IsHighSurrogate(text[MostWords - 1]) ? MostWords - 1 : MostWords)] + "…";

    private static bool IsSound(JsonElement schema, int depth)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False) return true;
        if (schema.ValueKind != JsonValueKind.Object || depth > MostDepth) return false;
        return HasSoundTypes(schema) && HasSoundBounds(schema) && HasSoundParts(schema, depth);
    }

    private static bool HasSoundTypes(JsonElement schema) => !schema.TryGetProperty("type", out var type) || type.ValueKind switch
    {
        JsonValueKind.String => Types.Contains(type.GetString()),
        JsonValueKind.Array => type.GetArrayLength() > 0 && type.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String && Types.Contains(t.GetString())),
        _ => false,
    };

    private static bool HasSoundBounds(JsonElement schema) =>
        Counts.All(name => !schema.TryGetProperty(name, out var count) || (count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var n) && n >= 0))
        && ((string[])["minimum", "maximum"]).All(name => !schema.TryGetProperty(name, out var bound) || (bound.ValueKind == JsonValueKind.Number && bound.TryGetDouble(out var d) && double.IsFinite(d)))
        && (!schema.TryGetProperty("enum", out var allowed) || allowed.ValueKind == JsonValueKind.Array)
        && (!schema.TryGetProperty("required", out var required) || (required.ValueKind == JsonValueKind.Array && required.EnumerateArray().All(r => r.ValueKind == JsonValueKind.String)));

    private static bool HasSoundParts(JsonElement schema, int depth) =>
        (!schema.TryGetProperty("properties", out var properties) || (properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().All(p => IsSound(p.Value, depth + 1))))
        && (!schema.TryGetProperty("items", out var items) || IsSound(items, depth + 1));
}

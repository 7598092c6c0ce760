using System.Text.Json;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Whether a schema may be sent as <c>strict</c>: every property required, nothing extra allowed, and only the keywords that strict mode has everywhere
/// (https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas"). Anything else would make the server refuse the request.</summary>
internal static class StrictSchema
{
    public static bool Allows(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return false;
        var properties = 0;
        var required = 0;
        var closed = false;
        foreach (var keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "type" or "description" or "enum": break;
                case "additionalProperties": closed = keyword.Value.ValueKind == JsonValueKind.False; break;
                case "required": required = keyword.Value.GetArrayLength(); break;
                case "items":
                    if (!Allows(keyword.Value)) return false;
                    break;
                case "properties":
                    foreach (var property in keyword.Value.EnumerateObject())
                    {
                        properties++;
                        if (!Allows(property.Value)) return false;
                    }
                    break;
                default: return false;
            }
        }
        return IsObject(schema) ? closed && properties == required : schema.TryGetProperty("type", out _);
    }

    private static bool IsObject(JsonElement schema) =>
        schema.TryGetProperty("properties", out _) || (schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "object");
}

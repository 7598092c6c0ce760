using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals.Cards;

/// <summary>A JSON value as people read it, with nothing left out.</summary>
internal static class ValueText
{
    private static readonly JsonSerializerOptions Indented = new(Json.Wire) { WriteIndented = true };

    /// <summary>Null for a JSON null: there is no value.</summary>
    public static string? Of(JsonNode? value) => value switch
    {
        null => null,
        JsonValue one => Scalar(one),
        JsonArray { Count: 0 } => Texts.None,
        JsonArray list when list.All(item => item is JsonValue) => string.Join(", ", list.Select(Item)),
        JsonObject { Count: 2 } secret when secret["secret"] is JsonValue && secret["changed"] is JsonValue => Texts.SecretNotShown,
        _ => value.ToJsonString(Json.Wire),
    };

    /// <summary>JSON on many lines, for what folds.</summary>
    public static string Pretty(JsonNode? value) => value?.ToJsonString(Indented) ?? "null";

    // A comma inside an item must not look like two items.
    private static string Item(JsonNode? item) => Scalar((JsonValue)item!) is var text && text.Contains(',', StringComparison.Ordinal) ? item!.ToJsonString(Json.Wire) : text;

    private static string Scalar(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => Texts.Yes,
        JsonValueKind.False => Texts.No,
        _ => value.ToJsonString(Json.Wire).ToString(CultureInfo.InvariantCulture),
    };
}

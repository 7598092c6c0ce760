using System.Text.Json;

namespace ControlChat.Core.Runner.Offline;

/// <summary>Reads an outcome (contracts, section 3) without trusting its shape: what is absent or of another kind reads as null.</summary>
internal readonly struct OutcomeView(JsonElement outcome)
{
    public static OutcomeView Of(object? result)
    {
        try
        {
            return new OutcomeView(result switch
            {
                JsonElement { ValueKind: JsonValueKind.String } text => JsonSerializer.Deserialize<JsonElement>(text.GetString()!),
                JsonElement element => element,
                string text => JsonSerializer.Deserialize<JsonElement>(text),
                _ => JsonSerializer.SerializeToElement(result, Hub.Json.Wire),
            });
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public string Status => Text(outcome, "status") ?? "failed";

    public string Tool => Text(outcome, "tool") ?? "";

    public string? ErrorMessage => Text(Part(outcome, "error"), "message");

    public string? ErrorReference => Text(Part(outcome, "error"), "ref");

    public string? ErrorCode => Text(Part(outcome, "error"), "code");

    public string? Summary => Text(Part(outcome, "plan"), "summary");

    public bool CanUndo => Part(Part(outcome, "undo"), "available").ValueKind == JsonValueKind.True;

    public JsonElement Result => Part(outcome, "result");

    public IReadOnlyList<JsonElement> Effects => Items(Part(outcome, "plan"), "effects");

    public JsonElement Plan => Part(outcome, "plan");

    public bool HasPlan => Part(outcome, "plan").ValueKind == JsonValueKind.Object;

    /// <summary>The rows of a result: its first list of objects.</summary>
    public IReadOnlyList<JsonElement>? Rows => Result.ValueKind != JsonValueKind.Object ? null : Result.EnumerateObject()
        .Where(p => p.Value.ValueKind == JsonValueKind.Array)
        .Select(p => (IReadOnlyList<JsonElement>)[.. p.Value.EnumerateArray()])
        .FirstOrDefault(rows => rows.All(r => r.ValueKind == JsonValueKind.Object));

    public bool HasMore => Text(Result, "next_cursor") is not null;

    public static JsonElement Part(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var part) ? part : default;

    public static string? Text(JsonElement parent, string name) =>
        Part(parent, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    public static IReadOnlyList<JsonElement> Items(JsonElement parent, string name) =>
        Part(parent, name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    /// <summary>Any value as one short text for a table cell.</summary>
    public static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => MarkdownText.Escape(value.GetString()),
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Cell)),
        _ => MarkdownText.Escape(value.GetRawText()),
    };
}

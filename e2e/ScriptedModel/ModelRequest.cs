using System.Text.Json;

namespace ControlChat.ScriptedModel;

/// <summary>One request as the model sees it, the same for both protocols.</summary>
public sealed class ModelRequest
{
    private ModelRequest(string api, string raw, JsonElement body, string? authorization)
    {
        Api = api;
        Raw = raw;
        Body = body;
        Authorization = authorization;
        Tools = [.. ReadTools(body)];
        Items = [.. ReadItems(body)];
    }

    /// <summary><c>responses</c> or <c>chat</c>.</summary>
    public string Api { get; }

    public string Raw { get; }

    public JsonElement Body { get; }

    public string? Authorization { get; }

    public bool Stream => Body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    public string Model => Body.TryGetProperty("model", out var model) ? model.GetString() ?? "" : "";

    /// <summary>Wire names of the offered tools.</summary>
    public IReadOnlyList<string> Tools { get; }

    public IReadOnlyList<Item> Items { get; }

    /// <summary>The text of the last user message.</summary>
    public string LastUser => Items.LastOrDefault(i => i.Kind == "user")?.Text ?? "";

    /// <summary>What came after the last user message.</summary>
    public IReadOnlyList<Item> SinceUser => [.. Items.Skip(Items.ToList().FindLastIndex(i => i.Kind == "user") + 1)];

    /// <summary>Tool results after the last user message.</summary>
    public IReadOnlyList<Item> Results => [.. SinceUser.Where(i => i.Kind == "result")];

    public static ModelRequest Parse(string api, string raw, string? authorization) =>
        new(api, raw, JsonSerializer.Deserialize<JsonElement>(raw), authorization);

    private static IEnumerable<string> ReadTools(JsonElement body)
    {
        if (!body.TryGetProperty("tools", out var tools)) yield break;
        foreach (var tool in tools.EnumerateArray())
            yield return (tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name").GetString()!;
    }

    private static IEnumerable<Item> ReadItems(JsonElement body)
    {
        if (body.TryGetProperty("instructions", out var instructions)) yield return new Item("system", instructions.GetString() ?? "");
        if (!body.TryGetProperty("input", out var list) && !body.TryGetProperty("messages", out list)) yield break;
        if (list.ValueKind == JsonValueKind.String)
        {
            yield return new Item("user", list.GetString()!);
            yield break;
        }
        foreach (var item in list.EnumerateArray())
            foreach (var read in ReadItem(item)) yield return read;
    }

    private static IEnumerable<Item> ReadItem(JsonElement item)
    {
        var type = item.TryGetProperty("type", out var t) ? t.GetString() : "message";
        switch (type)
        {
            case "function_call":
                yield return new Item("call", item.GetProperty("arguments").GetString()!, item.GetProperty("call_id").GetString(), item.GetProperty("name").GetString());
                yield break;
            case "function_call_output":
                yield return new Item("result", Text(item.GetProperty("output")), item.GetProperty("call_id").GetString());
                yield break;
        }
        var role = item.GetProperty("role").GetString()!;
        if (role == "tool")
        {
            yield return new Item("result", Text(item.GetProperty("content")), item.GetProperty("tool_call_id").GetString());
            yield break;
        }
        if (item.TryGetProperty("content", out var content) && Text(content) is { Length: > 0 } text) yield return new Item(role, text);
        if (!item.TryGetProperty("tool_calls", out var calls)) yield break;
        foreach (var call in calls.EnumerateArray())
            yield return new Item("call", call.GetProperty("function").GetProperty("arguments").GetString()!, call.GetProperty("id").GetString(), call.GetProperty("function").GetProperty("name").GetString());
    }

    private static string Text(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(p => p.TryGetProperty("text", out var text) ? text.GetString() : "")),
        _ => "",
    };

    /// <param name="Kind"><c>system</c>, <c>user</c>, <c>assistant</c>, <c>call</c> or <c>result</c>.</param>
    /// <param name="Text">A message's text, a call's arguments, a result's output.</param>
    public sealed record Item(string Kind, string Text, string? CallId = null, string? Name = null);
}

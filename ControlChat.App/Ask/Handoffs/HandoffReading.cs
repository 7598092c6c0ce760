using System.Text.Json;

namespace ControlChat.App.Ask.Handoffs;

/// <summary>Reads the events of a handed-over task without trusting their shape: what is absent, cut or of another kind reads as nothing.</summary>
internal static class HandoffReading
{
    public static HandoffStep? Step(string type, long seq, JsonElement data) => type switch
    {
        "command_started" => new HandoffStep.Command(seq, data.Words("item_id") ?? "", data.Words("command") ?? "", null, null, null, null),
        "command_finished" => new HandoffStep.Command(seq, data.Words("item_id") ?? "", "", data.Words("status") ?? "completed", (int?)data.Whole("exit_code"), data.Words("output"), data.Whole("duration_ms")),
        "file_change" => new HandoffStep.Files(seq, data.Words("item_id") ?? "", data.Words("status") ?? "", [.. data.Items("files").Where(f => f.ValueKind == JsonValueKind.Object).Select(f => new ChangedPart(f.Words("path") ?? "", f.Words("kind") ?? "", f.Words("diff") ?? ""))]),
        "tool_call" => new HandoffStep.Tool(seq, data.Words("item_id") ?? "", $"{data.Words("server")} {data.Words("tool")}".Trim(), data.Words("status") ?? ""),
        "agent_message" when data.Words("text") is { Length: > 0 } text => new HandoffStep.Said(seq, text, ByPerson: false),
        "user_message" when data.Words("text") is { Length: > 0 } text => new HandoffStep.Said(seq, text, ByPerson: true),
        "approval_requested" when data.Words("approval_id") is { } id => new HandoffStep.Asked(seq, id, Waits: true),
        "system" when data.Words("text") is { Length: > 0 } text => new HandoffStep.Note(seq, text, IsFault: false),
        "error" when data.Words("text") is { Length: > 0 } text => new HandoffStep.Note(seq, text, IsFault: true),
        _ => null,
    };

    public static HandoffResult Result(JsonElement data, DateTimeOffset at) => new(
        data.Words("status") ?? "", data.Words("report") ?? "", data.Words("reason"),
        [.. data.Items("checks").Select(c => new CheckedFile(c.Words("path") ?? "", c.Flag("expected"), c.Whole("bytes"), c.Words("problem")))],
        // Only this hub's own pages: the event is a row, and a row may be written by an older hub.
        [.. data.Items("links").Select(l => new ResultLink(l.Words("title") ?? "", l.Words("href") ?? "")).Where(l => l.Href.StartsWith("/workspaces/", StringComparison.Ordinal))], at);

    public static string? Words(this JsonElement record, string name) =>
        Part(record, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static long? Whole(this JsonElement record, string name) =>
        Part(record, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    public static bool Flag(this JsonElement record, string name) => Part(record, name).ValueKind == JsonValueKind.True;

    public static IEnumerable<JsonElement> Items(this JsonElement record, string name) =>
        Part(record, name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    public static JsonElement Part(this JsonElement record, string name) =>
        record.ValueKind == JsonValueKind.Object && record.TryGetProperty(name, out var part) ? part : default;

    public static void ForEachOf<T>(this List<HandoffStep> steps, Func<T, bool> which, Func<T, HandoffStep> become) where T : HandoffStep
    {
        for (var i = 0; i < steps.Count; i++)
            if (steps[i] is T step && which(step)) steps[i] = become(step);
    }
}

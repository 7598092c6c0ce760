using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The events of one item, without regard to others.</summary>
internal static class ItemEvents
{
    public static AgentEvent? Begin(CodexItem item) => item.Type switch
    {
        CodexItem.CommandExecution => new AgentEvent.CommandStarted(item.Id!, item.Command ?? "", item.Cwd),
        CodexItem.FileChange => new AgentEvent.FileChange(item.Id!, ItemStatus.InProgress, Files(item)),
        CodexItem.McpToolCall or CodexItem.DynamicToolCall => Tool(item, ItemStatus.InProgress),
        _ => null,
    };

    public static AgentEvent? End(CodexItem item) => item.Type switch
    {
        CodexItem.CommandExecution => new AgentEvent.CommandFinished(item.Id!, StatusOf(item), item.ExitCode, item.AggregatedOutput, Took(item.DurationMs)),
        CodexItem.FileChange => new AgentEvent.FileChange(item.Id!, StatusOf(item), Files(item)),
        CodexItem.McpToolCall or CodexItem.DynamicToolCall => Tool(item, StatusOf(item)),
        CodexItem.Reasoning => ReasoningText(item) is { Length: > 0 } text ? new AgentEvent.Reasoning(item.Id!, text) : null,
        CodexItem.Plan => new AgentEvent.Plan(item.Text, []),
        CodexItem.UserMessage => new AgentEvent.UserMessage(item.Id!, InputText(item.Content)),
        CodexItem.ContextCompaction => new AgentEvent.Notice("The agent summarised the earlier part of its thread to make room."),
        _ => null,
    };

    /// <summary>Its end was never told.</summary>
    public static AgentEvent? Abandon(CodexItem item) => item.Type switch
    {
        CodexItem.CommandExecution => new AgentEvent.CommandFinished(item.Id!, ItemStatus.Abandoned, null, null, null),
        CodexItem.FileChange => new AgentEvent.FileChange(item.Id!, ItemStatus.Abandoned, Files(item)),
        CodexItem.McpToolCall or CodexItem.DynamicToolCall => Tool(item, ItemStatus.Abandoned),
        _ => null,
    };

    public static IReadOnlyList<ChangedFile> Files(CodexItem item) =>
        [.. (item.Changes ?? []).OfType<FileUpdate>().Select(c => new ChangedFile(c.Path ?? "", c.Kind?.Type ?? "update", c.Kind?.MovePath, c.Diff ?? ""))];

    public static TimeSpan? Took(long? milliseconds) => milliseconds is >= 0 and < int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds.Value) : null;

    private static AgentEvent.ToolCall Tool(CodexItem item, ItemStatus status) => new(
        item.Id!, status, item.Server, item.Tool ?? "", item.Arguments, Present(item.Result) ?? Present(item.ContentItems), item.Error?.Message, Took(item.DurationMs));

    // A word that a later version may bring is no success.
    private static ItemStatus StatusOf(CodexItem item) => item.Status switch
    {
        "completed" => ItemStatus.Completed,
        "declined" => ItemStatus.Declined,
        "inProgress" => ItemStatus.InProgress,
        _ => ItemStatus.Failed,
    };

    private static string ReasoningText(CodexItem item) =>
        item.Summary is { Count: > 0 } summary ? string.Join("\n\n", summary) : string.Join("\n\n", Texts(item.Content));

    private static string InputText(JsonElement? content) => string.Join('\n', Texts(content));

    // [{"type":"text","text":"…"}] or ["…"]
    private static IEnumerable<string> Texts(JsonElement? content)
    {
        if (content is not { ValueKind: JsonValueKind.Array } array) yield break;
        foreach (var one in array.EnumerateArray())
        {
            var text = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("text", out var inner) ? inner : one;
            if (text.ValueKind == JsonValueKind.String) yield return text.GetString()!;
        }
    }

    private static JsonElement? Present(JsonElement? value) => value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } ? value : null;
}

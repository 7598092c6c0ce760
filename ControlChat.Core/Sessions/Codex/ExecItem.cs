using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>A line of <c>codex exec --json</c>: <c>{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"…"}}</c></summary>
internal sealed record ExecLine
{
    public string? Type { get; init; }
    public string? ThreadId { get; init; }
    public ExecItem? Item { get; init; }
    public ExecUsage? Usage { get; init; }
    public string? Message { get; init; }
    public ItemFault? Error { get; init; }
}

internal sealed record ExecUsage(long InputTokens, long CachedInputTokens, long OutputTokens, long ReasoningOutputTokens);

internal sealed record ExecChange(string? Path, string? Kind);

internal sealed record ExecTodo(string? Text, bool Completed);

internal sealed record ExecItem
{
    public string? Id { get; init; }
    public string? Type { get; init; }
    public string? Status { get; init; }
    public string? Text { get; init; }
    public string? Message { get; init; }
    public string? Command { get; init; }
    public string? AggregatedOutput { get; init; }
    public int? ExitCode { get; init; }
    public IReadOnlyList<ExecChange?>? Changes { get; init; }
    public string? Server { get; init; }
    public string? Tool { get; init; }
    public JsonElement? Arguments { get; init; }
    public JsonElement? Result { get; init; }
    public ItemFault? Error { get; init; }
    public IReadOnlyList<ExecTodo?>? Items { get; init; }

    /// <summary>The same as the app-server would tell it; null for what it tells otherwise.</summary>
    public CodexItem? AsItem() => NameOf(Type) is not { } type ? null : new CodexItem
    {
        Type = type,
        Id = Id is { Length: > 0 } ? Id : throw new JsonException("an item without an id"),
        Status = Status == "in_progress" ? "inProgress" : Status,
        Text = Text,
        Summary = type == CodexItem.Reasoning && Text is { } thought ? [thought] : null,
        Command = Command,
        AggregatedOutput = AggregatedOutput,
        ExitCode = ExitCode,
        Changes = Changes?.OfType<ExecChange>().Select(c => new FileUpdate(c.Path, new ChangeKind(c.Kind, null), null)).ToList(),
        Server = Server,
        Tool = Tool,
        Arguments = Arguments,
        Result = Result,
        Error = Error,
    };

    private static string? NameOf(string? type) => type switch
    {
        "agent_message" => CodexItem.AgentMessage,
        "reasoning" => CodexItem.Reasoning,
        "command_execution" => CodexItem.CommandExecution,
        "file_change" => CodexItem.FileChange,
        "mcp_tool_call" => CodexItem.McpToolCall,
        _ => null,
    };
}

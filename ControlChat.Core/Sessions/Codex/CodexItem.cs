using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>An item of a thread, flat as on the wire: <c>{"type":"commandExecution","id":"call_95","command":"…","status":"completed",…}</c>.
/// Which fields there are depends on the type.</summary>
internal sealed record CodexItem
{
    public const string AgentMessage = "agentMessage";
    public const string UserMessage = "userMessage";
    public const string Reasoning = "reasoning";
    public const string Plan = "plan";
    public const string CommandExecution = "commandExecution";
    public const string FileChange = "fileChange";
    public const string McpToolCall = "mcpToolCall";
    public const string DynamicToolCall = "dynamicToolCall";
    public const string ContextCompaction = "contextCompaction";

    private static readonly HashSet<string> _known =
        [AgentMessage, UserMessage, Reasoning, Plan, CommandExecution, FileChange, McpToolCall, DynamicToolCall, ContextCompaction];

    public string? Type { get; init; }
    public string? Id { get; init; }
    public string? Status { get; init; }

    /// <summary>Messages and plans.</summary>
    public string? Text { get; init; }

    /// <summary>Of a user's message inputs, of reasoning texts.</summary>
    public JsonElement? Content { get; init; }
    public IReadOnlyList<string?>? Summary { get; init; }

    public string? Command { get; init; }
    public string? Cwd { get; init; }
    public string? AggregatedOutput { get; init; }
    public int? ExitCode { get; init; }
    public long? DurationMs { get; init; }

    public IReadOnlyList<FileUpdate?>? Changes { get; init; }

    public string? Server { get; init; }
    public string? Tool { get; init; }
    public JsonElement? Arguments { get; init; }
    public JsonElement? Result { get; init; }
    public ItemFault? Error { get; init; }
    public JsonElement? ContentItems { get; init; }

    /// <returns>Null: a kind we do not know.</returns>
    /// <exception cref="JsonException">It is no such item.</exception>
    public static CodexItem? Read(JsonElement raw)
    {
        var type = raw.ValueKind == JsonValueKind.Object && raw.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (type is null || !_known.Contains(type)) return null;
        var item = raw.Deserialize<CodexItem>(RpcPeer.Wire)!;
        return item.Id is { Length: > 0 } ? item : throw new JsonException("an item without an id");
    }
}

internal sealed record ItemFault(string? Message);

using System.Text.Json;

namespace ControlChat.Core.Usage;

/// <summary>
/// What a row of the record says of a call. Reads by pages, runs and REST are not on the record, and no row says how long a call took. A
/// call over MCP has a row of its own beside those of the gate; a workspace agent's has one before it begins, if it may change something. What
/// people do beside the gate has rows of the same kinds under names that no tool has.
/// </summary>
internal static class RecordedUsage
{
    /// <param name="body">Of the row.</param>
    /// <returns>Null when it is of no call, or another row counts.</returns>
    public static (UsageKey Key, UsageSum Sum)? Of(string body, IUsageNames names)
    {
        using var document = JsonDocument.Parse(body);
        var row = document.RootElement;
        var actor = row.GetProperty("actor");
        if (Text(actor, "account") is not { } account || Text(row, "at") is not { Length: > 10 } at || Text(row, "outcome") is not { } outcome) return null;
        var via = Text(actor, "via");
        var tool = Text(row, "tool") is { } named && names.Has(named) ? named : null;
        if (!Counts(Text(row, "event"), via, outcome, tool, row)) return null;
        var kind = via == "workspace_agent" ? UsageKinds.AgentTool : UsageKinds.Tool;
        return (new UsageKey(at[..10], account, Text(actor, "token") ?? "", kind, tool ?? UsageKinds.Unknown, LatencyBuckets.None), new UsageSum(1, UsageKinds.IsError(outcome) ? 1 : 0));
    }

    private static bool Counts(string? name, string? via, string outcome, string? tool, JsonElement row) => (name, via) switch
    {
        ("mcp.called", "mcp") => true,
        ("mcp.called", "workspace_agent") => outcome != "started",
        ("tool.denied", "workspace_agent") => row.TryGetProperty("data", out var data) && Text(data, "asked") == "tools",
        ("tool.applied" or "tool.failed", not ("mcp" or "workspace_agent")) => tool is not null && !IsStep(row) && !(name == "tool.applied" && outcome == "cancelled"),
        // Whoever was not let decide called nothing.
        ("tool.denied", not "mcp") => tool is not null && Text(row, "approval_id") is null,
        _ => false,
    };

    // The batch has a row of its own.
    private static bool IsStep(JsonElement row) => row.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("step", out _);

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

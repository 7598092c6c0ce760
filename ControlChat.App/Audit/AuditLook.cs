using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;

namespace ControlChat.App.Audit;

/// <summary>How a row reads to people: a word, an icon and a tone for what came of it, and what it was about.</summary>
internal static class AuditLook
{
    public static (string Word, string Icon, string Tone) State(AuditRow row) => row.Event switch
    {
        AuditEvents.ToolApplied => row.Outcome == "completed" ? (Texts.StateApplied, "ok", "ok") : (Words(row.Outcome), "info", ""),
        AuditEvents.ToolDenied => row.Outcome switch
        {
            "plan_stale" => (Texts.StateStale, "warn", "warn"),
            "frozen" => (Texts.StateFrozen, "frozen", "warn"),
            _ => (Texts.StateDenied, "failed", "danger"),
        },
        AuditEvents.ToolFailed => (Texts.StateFailed, "failed", "danger"),
        AuditEvents.ApprovalRequested => (Texts.StateAsked, "clock", ""),
        AuditEvents.ApprovalConsumed => (Texts.StateApproved, "shield", "accent"),
        AuditEvents.ApprovalDeclined => (Texts.StateDeclined, "close", "off"),
        AuditEvents.ApprovalExpired => (Texts.StateExpired, "clock", "off"),
        AuditEvents.ApprovalSuperseded => (Texts.StateOutOfDate, "warn", "warn"),
        AuditEvents.ApprovalCancelled => (Texts.StateCancelled, "close", "off"),
        AuditEvents.AgentApprovalAnswered => row.Outcome switch
        {
            "accepted" => (Texts.StateAccepted, "shield", "accent"),
            "cancelled" => (Texts.StateTurnEnded, "close", "off"),
            _ => (Texts.StateDeclined, "close", "off"),
        },
        AuditEvents.ApprovalTokenRejected or AuditEvents.SigninFailed => (Texts.StateRefused, "failed", "danger"),
        _ => row.Outcome == "completed" ? (Texts.StateDone, "ok", "ok") : (Words(row.Outcome), "info", ""),
    };

    /// <summary>The tool, or the event where no tool was called.</summary>
    public static string Action(AuditRow row) => row.Event.StartsWith("tool.", StringComparison.Ordinal) && row.Tool is { } tool ? tool : row.Event;

    /// <summary>What it was about, in one line.</summary>
    public static string Target(AuditRow row) =>
        Text(row.Data["summary"]) ?? (row.Event.StartsWith("approval.", StringComparison.Ordinal) ? row.Tool : null) ?? row.WorkspaceId
        ?? Text(row.Data["error"]) ?? Text(row.Data["reason"]) ?? row.ApprovalId ?? "";

    /// <summary>"48,211".</summary>
    public static string Number(long seq) => seq.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"b41f 09ce … 77d2".</summary>
    public static string Short(string hash) => hash.Length < 16 ? hash : $"{hash[..4]} {hash[4..8]} … {hash[^4..]}";

    /// <summary>What one effect changed, as lines of before and after.</summary>
    public static IReadOnlyList<AuditChange> Changes(AuditRow row) => row.Data["effects"] is not JsonArray effects ? []
        : [.. effects.OfType<JsonObject>().Select(e => new AuditChange(Text(e["resource"]) ?? "", Text(e["field"]), Line(e, "before"), Line(e, "after")))];

    public static string Via(string via) => via switch
    {
        "ask" => Texts.ThroughControlAgent,
        "ui" => Texts.InTheBrowser,
        "rest" => Texts.OverRest,
        "mcp" => Texts.OverMcp,
        "cli" => Texts.OnHubsMachine,
        "workspace_agent" => Texts.ThroughWorkspaceAgent,
        _ => Texts.ByHubItself,
    };

    public static string Words(string code) => code.Length == 0 ? "" : char.ToUpperInvariant(code[0]) + code[1..].Replace('_', ' ');

    private static string Line(JsonObject effect, string side)
    {
        if (effect[side] is not { } value) return "";
        var field = Text(effect["field"]);
        var shown = value is JsonValue v && v.TryGetValue(out string? text) ? text : value.ToJsonString(Indented);
        return field is null ? shown : $"{field}: {shown}";
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new(Core.Hub.Json.Wire) { WriteIndented = true };

    /// <summary>JSON for reading and copying.</summary>
    public static string Pretty(JsonNode? node) => node?.ToJsonString(Indented) ?? "";
}

/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Field">Null where the thing as a whole was made, removed or used.</param>
internal sealed record AuditChange(string Resource, string? Field, string Before, string After);

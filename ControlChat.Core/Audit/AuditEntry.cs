using System.Text.Json.Nodes;

namespace ControlChat.Core.Audit;

/// <summary>What goes on the record; the trail adds <c>seq, id, at, policy_version</c> and the chain. Field meanings: contracts, section 6.</summary>
public sealed record AuditEntry(string Event, string Outcome, AuditActor Actor)
{
    /// <summary>The account that approved, or null.</summary>
    public string? Approver { get; init; }
    public string? Tool { get; init; }
    public string? ActionId { get; init; }
    public string? RequestId { get; init; }
    public string? PlanId { get; init; }
    public string? PlanHash { get; init; }
    public string? ApprovalId { get; init; }
    public string? RunId { get; init; }
    public string? ConversationId { get; init; }
    public string? WorkspaceId { get; init; }
    public string? TraceId { get; init; }

    /// <summary>Redacted arguments, effects, error. Never a secret, never a confirm token.</summary>
    public JsonObject Data { get; init; } = [];
}

/// <param name="Account">The account acted for, or null for the system.</param>
/// <param name="Token">The API token's id, or null.</param>
/// <param name="Session">The signed-in session's id, or null.</param>
/// <param name="Via"><c>ask|ui|rest|mcp|cli|workspace_agent|system</c>.</param>
public sealed record AuditActor(string? Account, string? Token, string? Session, string Via)
{
    public static AuditActor System { get; } = new(null, null, null, "system");
}

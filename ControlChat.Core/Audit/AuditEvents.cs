using System.Collections.Frozen;

namespace ControlChat.Core.Audit;

/// <summary>The values of a row's <c>event</c> (contracts, section 6); the trail refuses any other.</summary>
public static class AuditEvents
{
    public const string ToolApplied = "tool.applied";
    public const string ToolDenied = "tool.denied";
    public const string ToolFailed = "tool.failed";
    public const string ApprovalRequested = "approval.requested";
    public const string ApprovalConsumed = "approval.consumed";
    public const string ApprovalDeclined = "approval.declined";
    public const string ApprovalExpired = "approval.expired";
    public const string ApprovalSuperseded = "approval.superseded";
    public const string ApprovalCancelled = "approval.cancelled";
    public const string ApprovalTokenRejected = "approval.token_rejected";
    public const string SessionStarted = "session.started";
    public const string SessionEnded = "session.ended";
    public const string AgentApprovalAnswered = "agent_approval.answered";
    public const string McpCalled = "mcp.called";
    public const string UiActionAcknowledged = "ui_action.acknowledged";
    public const string ConfigChanged = "config.changed";
    public const string PolicyChanged = "policy.changed";
    public const string GrantCreated = "grant.created";
    public const string GrantUsed = "grant.used";
    public const string GrantRevoked = "grant.revoked";
    public const string FreezeSet = "freeze.set";
    public const string FreezeLifted = "freeze.lifted";
    public const string SigninOk = "signin.ok";
    public const string SigninFailed = "signin.failed";
    public const string SigninOut = "signin.out";
    public const string TokenCreated = "token.created";
    public const string TokenRevoked = "token.revoked";
    public const string AccountChanged = "account.changed";
    public const string AuditExported = "audit.exported";
    public const string ConversationExported = "conversation.exported";
    public const string UsageExported = "usage.exported";
    public const string HubStarted = "hub.started";
    public const string HubStopped = "hub.stopped";

    /// <summary>All of them, in the contract's order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        ToolApplied, ToolDenied, ToolFailed,
        ApprovalRequested, ApprovalConsumed, ApprovalDeclined, ApprovalExpired, ApprovalSuperseded, ApprovalCancelled, ApprovalTokenRejected,
        SessionStarted, SessionEnded, AgentApprovalAnswered, McpCalled, UiActionAcknowledged, ConfigChanged, PolicyChanged,
        GrantCreated, GrantUsed, GrantRevoked, FreezeSet, FreezeLifted, SigninOk, SigninFailed, SigninOut,
        TokenCreated, TokenRevoked, AccountChanged, AuditExported, ConversationExported, UsageExported, HubStarted, HubStopped,
    ];

    private static readonly FrozenSet<string> Known = All.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string name) => Known.Contains(name);
}

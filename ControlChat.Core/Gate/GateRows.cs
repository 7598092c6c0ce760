using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

// What the gate's tables hold; members follow the columns.

internal sealed record PlanRow(
    string Id, string Hash, string Tool, string ToolHash, string PrincipalKey, string AccountId, string Body, string Input,
    string State, string? ConversationId, string? RunId, string CreatedAt, string ExpiresAt);

internal sealed class ApprovalRow
{
    public string Id { get; init; } = "";
    public string Kind { get; init; } = ApprovalKinds.Plan;
    public string Status { get; init; } = "pending";
    public string? PlanId { get; init; }
    public string? PlanHash { get; init; }
    public string? Subject { get; init; }
    public string PrincipalKey { get; init; } = "";
    public string AccountId { get; init; } = "";
    public string AccountName { get; init; } = "";
    public string? TokenId { get; init; }
    public string? TokenName { get; init; }
    public string? AuthSessionId { get; init; }
    public string Via { get; init; } = "";
    public string? ConversationId { get; init; }
    public string? RunId { get; init; }
    public string? CallId { get; init; }
    public string? SessionId { get; init; }
    public string? TraceId { get; init; }
    public bool Tainted { get; init; }
    public string Decision { get; init; } = "confirm";
    public string? RequestTool { get; init; }
    public string? RequestId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? Reason { get; init; }
    public string? Outcome { get; init; }
    public string? SupersededBy { get; init; }

    /// <summary>Of an agent's approval, as are <see cref="Answer"/> and <see cref="Content"/>.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary><c>accept|decline|cancel</c>; null until a person answered.</summary>
    public string? Answer { get; init; }

    /// <summary>What a person filled in, as JSON. It may be a secret.</summary>
    public string? Content { get; init; }

    public DateTimeOffset? RemindedAt { get; init; }

    /// <summary>When it is to be reminded of; null for never.</summary>
    public DateTimeOffset? RemindAt => ApprovalReminders.At(CreatedAt, ExpiresAt);

    /// <summary>Of a workspace agent: <see cref="Subject"/> is set and there is no plan; <see cref="PlanHash"/> is the subject's hash, <see cref="CallId"/> the ask's id.</summary>
    public bool IsAgents => Kind != ApprovalKinds.Plan;

    /// <summary>How it waits, for its row of the record.</summary>
    public void Describe(JsonObject data) => (data["kind"], data["decision"], data["expires_at"]) = (Kind, Decision, Timestamps.Format(ExpiresAt));

    public CallOrigin Origin => new(Via, ConversationId, RunId, CallId, Tainted, TraceId);

    /// <summary>The origin of the same request made anew by another door: where it is shown stays, and so does its taint.</summary>
    public CallOrigin Again(CallOrigin by) => by with { ConversationId = ConversationId, Tainted = by.Tainted || Tainted };
}

/// <summary>What notices need of an approval, and no more.</summary>
internal sealed class ApprovalNewsRow
{
    public string Id { get; init; } = "";
    public string Kind { get; init; } = "";
    public string? Tool { get; init; }
    public string Status { get; init; } = "";
    public string AccountId { get; init; } = "";
    public string? AuthSessionId { get; init; }
    public string Via { get; init; } = "";
    public string Decision { get; init; } = "";
    public string? ConversationId { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RemindedAt { get; init; }
    public string? DecidedBy { get; init; }
}

internal sealed class IdempotencyRow
{
    public string Fingerprint { get; init; } = "";
    public string State { get; init; } = "";
    public string? Outcome { get; init; }
}

internal sealed class ActionRow
{
    public string Id { get; init; } = "";
    public string Tool { get; init; } = "";
    public string PlanId { get; init; } = "";
    public string? ApprovalId { get; init; }
    public string AccountId { get; init; } = "";
    public string Summary { get; init; } = "";
    public string? Compensation { get; init; }
    public string Versions { get; init; } = "{}";
    public string? WorkspaceId { get; init; }
    public string? ConversationId { get; init; }
    public string? RunId { get; init; }
    public string? BatchId { get; init; }
    public DateTimeOffset AppliedAt { get; init; }
    public string? UndoneBy { get; init; }
}

internal sealed class BatchRow
{
    public string Id { get; init; } = "";
    public string PlanId { get; init; } = "";
    public string? ApprovalId { get; init; }
    public string? Approver { get; init; }
    public string Origin { get; init; } = "{}";
    public string AccountId { get; init; } = "";
    public string? TokenId { get; init; }
    public string? AuthSessionId { get; init; }
    public string PrincipalKey { get; init; } = "";
    public string? RequestTool { get; init; }
    public string? RequestId { get; init; }
    public string State { get; init; } = "";
    public string? Outcome { get; init; }
}

internal sealed class BatchStepRow
{
    public long Step { get; init; }
    public string Status { get; init; } = "";
    public string? ActionId { get; init; }
    public string? Result { get; init; }
    public string? Error { get; init; }
    public string? Versions { get; init; }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Approvals that end without anything being done: declined, expired, cancelled. It always works, frozen or not.</summary>
internal sealed class ApprovalClosing(HubDatabase database, IPrincipals principals, IAuditTrail audit)
{
    public async Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var present = await principals.ReloadAsync(transaction, principal, cancellationToken);
        var row = present is null ? null : await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present!, row)) return NotFound;
        // A token may take back what it asked for, nothing else.
        if (principal.IsToken && row.TokenId != principal.TokenId) return new ApprovalDecision.Refused(403, "token_cannot_approve", "An API token cannot decide. Open the approval in the browser.");
        if (row.Status != "pending") return AlreadyDecided(row);
        if (row.ExpiresAt <= transaction.Now)
        {
            await ExpireAsync(transaction, row, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Expired;
        }
        await CloseAsync(transaction, row, "declined", principal.AccountId, reason, ActorOf(principal), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Declined(await ShowAsync(principal, approvalId, cancellationToken));
    }

    public async Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken)
    {
        foreach (var row in await ApprovalStore.PendingOfRunAsync(transaction, runId, cancellationToken))
            await CloseAsync(transaction, row, "cancelled", by.AccountId, "The run was cancelled.", ActorOf(by), cancellationToken);
    }

    /// <summary>Expires what is due, each on the record.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ExpireDueAsync(CancellationToken cancellationToken)
    {
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            if ((await ApprovalStore.DueAsync(reader, cancellationToken)).Count == 0) return 0;
        }
        await using var transaction = await database.BeginAsync(cancellationToken);
        var due = await ApprovalStore.DueAsync(transaction, cancellationToken);
        foreach (var row in due) await ExpireAsync(transaction, row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return due.Count;
    }

    public Task ExpireAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken) =>
        CloseAsync(transaction, row, "expired", null, null, AuditActor.System, cancellationToken);

    /// <summary>Closes with its audit row, its remembered answer and its wake-up.</summary>
    public async Task CloseAsync(IHubTransaction transaction, ApprovalRow row, string status, string? by, string? reason, AuditActor actor, CancellationToken cancellationToken, string? supersededBy = null)
    {
        if (!await ApprovalStore.CloseAsync(transaction, row.Id, status, by, reason, supersededBy, cancellationToken)) return;
        // Another person's reason is not the asker's own text.
        var tool = await ToolOfAsync(transaction, row, cancellationToken);
        var outcome = OutcomeOf(row, tool, status, reason) with { Untrusted = reason is not null && by != row.AccountId };
        if (supersededBy is null)
            await IdempotencyStore.AnswerAsync(transaction, row.PrincipalKey, row.RequestTool, row.RequestId, outcome, cancellationToken);
        await audit.AppendAsync(transaction, new AuditEntry($"approval.{status}", status, actor)
        {
            Tool = tool,
            RequestId = row.RequestId,
            PlanId = row.PlanId,
            PlanHash = row.PlanHash,
            ApprovalId = row.Id,
            RunId = row.RunId,
            ConversationId = row.ConversationId,
            TraceId = row.TraceId,
            Data = new JsonObject { ["reason"] = reason, ["superseded_by"] = supersededBy },
        }, cancellationToken);
        await ApprovalStore.AnswerAsync(transaction, row.Id, outcome, cancellationToken);
    }

    public static ApprovalDecision.Refused NotFound { get; } = new(404, "not_found", "There is no such approval.");

    public static ApprovalDecision.Refused Expired { get; } =
        new(410, "expired", "This approval expired without a decision. Nobody declined it. Nothing was changed. Make a fresh plan.");

    public static ApprovalDecision.Refused AlreadyDecided(ApprovalRow row) => row.Status == "expired"
        ? Expired
        : new(409, "already_decided", $"This was decided already: {row.Status}.", row.Outcome is null ? null : Json.Read<Outcome>(row.Outcome));

    public static AuditActor ActorOf(Principal principal) => new(principal.AccountId, principal.TokenId, principal.AuthSessionId, principal.IsToken ? "rest" : "ui");

    private static Outcome OutcomeOf(ApprovalRow row, string? tool, string status, string? reason)
    {
        var (outcomeStatus, words) = status switch
        {
            "declined" => ("denied", reason is { Length: > 0 } ? $"Declined: {reason.TrimEnd(' ', '.')}. Nothing was changed." : "Declined. Nothing was changed."),
            "expired" => ("conflict", "The approval expired without a decision. Nobody declined it. Nothing was changed. Ask again for a fresh plan."),
            "superseded" => ("plan_stale", "The plan was out of date. Nothing was changed. A fresh plan took its place."),
            _ => ("conflict", "The request was cancelled before a decision. Nothing was changed."),
        };
        return Outcomes.Error(row.RequestId, tool ?? "", outcomeStatus, outcomeStatus, words) with { ApprovalId = row.Id };
    }

    /// <summary>The tool of what the approval is for; null for an agent's.</summary>
    public static async Task<string?> ToolOfAsync(IHubReader reader, ApprovalRow row, CancellationToken cancellationToken) =>
        row.PlanId is null ? null : (await PlanStore.FindAsync(reader, row.PlanId, cancellationToken))?.Plan.Tool;

    private async Task<Approval> ShowAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await ApprovalViews.ShowAsync(reader, principal, (await ApprovalStore.FindAsync(reader, approvalId, cancellationToken))!, cancellationToken);
    }
}

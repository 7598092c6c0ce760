using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Approvals that end without anything being done: declined, expired, cancelled. It always works, frozen or not.</summary>
internal sealed class ApprovalClosing(HubDatabase database, IPrincipals principals, IAuditTrail audit)
{
    public async Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, bool cancel, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var present = await principals.ReloadAsync(transaction, principal, cancellationToken);
        var row = present is null ? null : await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present!, row)) return NotFound;
        // A token may take back what it asked for, nothing else.
        if (principal.IsToken && row.TokenId != principal.TokenId) return new ApprovalDecision.Refused(403, "token_cannot_approve", "An API token cannot decide. Open the approval in the browser.");
        if (cancel && !row.IsAgents) return new ApprovalDecision.Refused(422, "invalid", "'cancel' answers an agent's approval. Decline a plan.");
        if (row.Status != "pending") return AlreadyDecided(row);
        if (row.ExpiresAt <= transaction.Now)
        {
            await ExpireAsync(transaction, row, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Expired(row);
        }
        var answer = !row.IsAgents ? null : cancel ? AgentAnswers.Cancel : AgentAnswers.Decline;
        await CloseAsync(transaction, row, new Closing("declined", ActorOf(principal)) { Person = present, Reason = reason, Answer = answer }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Declined(await ShowAsync(principal, approvalId, cancellationToken));
    }

    public async Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken)
    {
        foreach (var row in await ApprovalStore.PendingOfRunAsync(transaction, runId, cancellationToken))
            await CloseAsync(transaction, row, new Closing("cancelled", ActorOf(by)) { Reason = "The run was cancelled." }, cancellationToken);
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
        CloseAsync(transaction, row, new Closing("expired", AuditActor.System), cancellationToken);

    /// <summary>Closes with its audit row, its remembered answer and its wake-up.</summary>
    /// <returns>False when it did not wait any more; then nothing was written.</returns>
    public async Task<bool> CloseAsync(IHubTransaction transaction, ApprovalRow row, Closing how, CancellationToken cancellationToken)
    {
        if (!await ApprovalStore.CloseAsync(transaction, row.Id, how, cancellationToken)) return false;
        // Another person's reason is not the asker's own text.
        var tool = await ToolOfAsync(transaction, row, cancellationToken);
        var outcome = OutcomeOf(row, tool, how) with { Untrusted = how.Reason is not null && how.By != row.AccountId };
        if (how.SupersededBy is null)
            await IdempotencyStore.AnswerAsync(transaction, row.PrincipalKey, row.RequestTool, row.RequestId, outcome, cancellationToken);
        await audit.AppendAsync(transaction, EntryOf(row, tool, how), cancellationToken);
        await ApprovalStore.AnswerAsync(transaction, row.Id, outcome, cancellationToken);
        return true;
    }

    public static ApprovalDecision.Refused NotFound { get; } = new(404, "not_found", "There is no such approval.");

    public static ApprovalDecision.Refused Expired(ApprovalRow row) => new(410, "expired", row.IsAgents
        ? "This request expired without an answer. Nobody declined it. Nothing was accepted. The agent asks again by itself if it still needs it."
        : "This approval expired without a decision. Nobody declined it. Nothing was changed. Make a fresh plan.");

    public static ApprovalDecision.Refused AlreadyDecided(ApprovalRow row) => row.Status == "expired"
        ? Expired(row)
        : new(409, "already_decided", $"This was decided already: {row.Status}.", row.Outcome is null ? null : Json.Read<Outcome>(row.Outcome));

    public static AuditActor ActorOf(Principal principal) => new(principal.AccountId, principal.TokenId, principal.AuthSessionId, principal.IsToken ? "rest" : "ui");

    public static ApprovalDecision.Refused RefusedAs(ApprovalRow row, string? tool, ToolRefusedException refusal)
    {
        var outcome = Outcomes.Refused(row.RequestId, tool ?? "", refusal) with { ApprovalId = row.Id };
        return new ApprovalDecision.Refused(outcome.Http, refusal.Code, refusal.Message, outcome);
    }

    private static AuditEntry EntryOf(ApprovalRow row, string? tool, Closing how) => row.IsAgents
        ? how is { Answer: { } answer, Person: { } person } ? AgentRecord.Answered(row, answer, how.Reason, person) : AgentRecord.Closed(row, how)
        : new AuditEntry($"approval.{how.Status}", how.Status, how.Actor)
        {
            Tool = tool,
            RequestId = row.RequestId,
            PlanId = row.PlanId,
            PlanHash = row.PlanHash,
            ApprovalId = row.Id,
            RunId = row.RunId,
            ConversationId = row.ConversationId,
            TraceId = row.TraceId,
            Data = new JsonObject { ["reason"] = how.Reason, ["superseded_by"] = how.SupersededBy },
        };

    private static Outcome OutcomeOf(ApprovalRow row, string? tool, Closing how) =>
        row.IsAgents ? AgentOutcome(row, how) : PlanOutcome(row, tool, how.Status, how.Reason);

    private static Outcome AgentOutcome(ApprovalRow row, Closing how)
    {
        var (status, words) = how switch
        {
            { Answer: AgentAnswers.Cancel } => ("denied", "Declined, and the agent's turn ends."),
            { Status: "declined" } => ("denied", how.Reason is { Length: > 0 } reason ? $"Declined: {reason.TrimEnd(' ', '.')}. The agent hears no." : "Declined. The agent hears no."),
            { Status: "expired" } => ("conflict", "The request expired without an answer. Nobody declined it. Nothing was accepted."),
            _ => ("conflict", "The request was withdrawn before an answer. Nothing was accepted."),
        };
        return Outcomes.Error(null, row.Kind, status, status, words) with { ApprovalId = row.Id, Result = how.Answer is { } answer ? new JsonObject { ["answer"] = answer } : null };
    }

    private static Outcome PlanOutcome(ApprovalRow row, string? tool, string status, string? reason)
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
        row.PlanId is null ? null : await PlanStore.ToolAsync(reader, row.PlanId, cancellationToken);

    private async Task<Approval> ShowAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await ApprovalViews.ShowAsync(reader, principal, (await ApprovalStore.FindAsync(reader, approvalId, cancellationToken))!, cancellationToken);
    }
}

/// <summary>How an approval ends without anything being done.</summary>
/// <param name="Status"><c>declined|expired|superseded|cancelled</c>.</param>
/// <param name="Actor">On the record.</param>
internal sealed record Closing(string Status, AuditActor Actor)
{
    /// <summary>Who decided; null when nobody did.</summary>
    public Principal? Person { get; init; }

    public string? Reason { get; init; }

    public string? SupersededBy { get; init; }

    /// <summary>What a person answered an agent.</summary>
    public string? Answer { get; init; }

    /// <summary>The account that ended it.</summary>
    public string? By => Person?.AccountId ?? (Status == "cancelled" ? Actor.Account : null);
}

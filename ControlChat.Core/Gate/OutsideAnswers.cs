using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>Writes down what the work of an <see cref="IOutsideTool"/> came to: on the approval, for the request, and as a second row of the record.</summary>
public sealed class OutsideAnswers(IAuditTrail audit, HubAddress address)
{
    /// <summary>The event of such a row.</summary>
    public const string Event = "mcp.called";

    /// <summary>In the transaction that ends the work, so that it is told exactly once. Wakes whoever waits for it.</summary>
    /// <param name="result">What came back; null when nothing did.</param>
    /// <param name="error">Null when it was done.</param>
    public async Task WriteAsync(IHubTransaction transaction, string actionId, JsonObject? result, OutcomeError? error, CancellationToken cancellationToken)
    {
        var action = await ActionStore.FindAsync(transaction, actionId, cancellationToken) ?? throw new InvalidOperationException($"No action {actionId}.");
        var plan = (await PlanStore.FindAsync(transaction, action.PlanId, cancellationToken))!.Plan;
        var approval = action.ApprovalId is { } id ? await ApprovalStore.FindAsync(transaction, id, cancellationToken) : null;
        var outcome = Outcomes.Completed(approval?.RequestId, plan, actionId, result ?? []) with
        {
            Status = error is null ? "completed" : "failed",
            Error = error,
            ApprovalId = approval?.Id,
            ApprovalUrl = approval is null ? null : address.Approval(approval.Id),
            Untrusted = true,
        };
        await audit.AppendAsync(transaction, Entry(action, plan, approval, outcome), cancellationToken);
        if (approval is null) return;
        await IdempotencyStore.AnswerAsync(transaction, approval.PrincipalKey, approval.RequestTool, approval.RequestId, outcome, cancellationToken);
        await ApprovalStore.AnswerAsync(transaction, approval.Id, outcome, cancellationToken);
    }

    private static AuditEntry Entry(ActionRow action, Plan plan, ApprovalRow? approval, Outcome outcome)
    {
        var asker = approval is null ? AuditActor.System : new AuditActor(approval.AccountId, approval.TokenId, approval.AuthSessionId, approval.Via);
        var entry = new AuditEntry(Event, outcome.Status, asker)
        {
            Tool = action.Tool,
            ActionId = action.Id,
            RequestId = approval?.RequestId,
            PlanId = plan.Id,
            PlanHash = plan.Hash,
            ApprovalId = approval?.Id,
            RunId = action.RunId,
            ConversationId = action.ConversationId,
            TraceId = approval?.TraceId,
            Data = new JsonObject { ["untrusted"] = true },
        };
        if (outcome.Error is { } error) entry.Data["error"] = error.Message;
        return entry;
    }
}

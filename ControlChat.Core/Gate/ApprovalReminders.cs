using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

/// <summary>
/// Reminds once of each approval that still waits when three quarters of its time are over: endpoints that asked for it are told in the transaction
/// that marks it, pages after that. It is no row of the record, because nothing was done.
/// </summary>
internal sealed partial class ApprovalReminders(HubDatabase database, WebhookOutbox webhooks, ILogger<ApprovalReminders> logger)
{
    /// <summary>At once; what is due beyond it comes with the next sweep.</summary>
    public const int Most = 100;

    /// <summary>What is left of its time, at the least, when a reminder is due.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(45);

    /// <summary>With less than that nobody would be there in time: it just ends.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    /// <summary>Null for what ends soon after it was asked for: the asking is reminder enough.</summary>
    public static DateTimeOffset? At(DateTimeOffset created, DateTimeOffset ends)
    {
        var life = ends - created;
        return life < 2 * Ahead ? null : ends - (life / 4 > Ahead ? life / 4 : Ahead);
    }

    /// <returns>How many were reminded of by this call.</returns>
    public async Task<int> RemindDueAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> due;
        await using (var reader = await database.ReadAsync(cancellationToken))
            due = await ApprovalStore.RemindersDueAsync(reader, reader.Now + Least, Most, cancellationToken);
        if (due.Count == 0) return 0;
        await using var transaction = await database.BeginAsync(cancellationToken);
        var reminded = await ApprovalStore.RemindAsync(transaction, due, transaction.Now + Least, cancellationToken);
        if (reminded.Count > 0 && webhooks.IsWanted(WebhookEvents.ApprovalExpiring)) await TellAsync(transaction, reminded, cancellationToken);
        foreach (var row in reminded) transaction.Hint(Approvals.ChangedTopic, row.Id);
        await transaction.CommitAsync(cancellationToken);
        return reminded.Count;
    }

    private async Task TellAsync(IHubTransaction transaction, IReadOnlyList<ApprovalRow> reminded, CancellationToken cancellationToken)
    {
        foreach (var row in reminded)
            await webhooks.AddAsync(transaction, WebhookEvents.ApprovalExpiring, "apx_" + row.Id, DataOf(row, await PlanAsync(transaction, row, cancellationToken)), cancellationToken);
    }

    // One by one: a plan that cannot be read holds up neither its own reminder nor those of others.
    private async Task<Plan?> PlanAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken)
    {
        if (row.PlanId is null) return null;
        try
        {
            return (await PlanStore.FindAsync(transaction, row.PlanId, cancellationToken))?.Plan;
        }
        catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
        {
            LogUnread(logger, row.Id, e);
            return null;
        }
    }

    // As events of the record have it: nothing was applied, so there is no action yet.
    private static JsonObject DataOf(ApprovalRow row, Plan? plan) => new()
    {
        ["approval_id"] = row.Id,
        ["kind"] = row.Kind,
        ["tool"] = plan?.Tool,
        ["scope"] = plan?.Scope.Wire(),
        ["decision"] = row.Decision,
        ["requested_by"] = row.AccountId,
        ["token_id"] = row.TokenId,
        ["via"] = row.Via,
        ["action_id"] = null,
        ["plan_id"] = row.PlanId,
        ["run_id"] = row.RunId,
        ["conversation_id"] = row.ConversationId,
        ["session_id"] = row.SessionId,
        ["workspace_id"] = row.WorkspaceId,
        ["created_at"] = Timestamps.Format(row.CreatedAt),
        ["expires_at"] = Timestamps.Format(row.ExpiresAt),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "The plan of approval {ApprovalId} cannot be read; its reminder names no tool")]
    private static partial void LogUnread(ILogger logger, string approvalId, Exception exception);
}

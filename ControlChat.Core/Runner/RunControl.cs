using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>Stops runs. It works at any moment, also while a run waits for a person, and never waits for an approval.</summary>
public sealed class RunControl
{
    private readonly HubDatabase _database;
    private readonly IConversationLog _log;
    private readonly IApprovals _approvals;
    private readonly RunJournal _journal;

    internal RunControl(HubDatabase database, IConversationLog log, IApprovals approvals, RunJournal journal) =>
        (_database, _log, _approvals, _journal) = (database, log, approvals, journal);

    /// <summary>Cancels a run of one's own conversation; one that is over stays as it is.</summary>
    /// <returns>False when there is no such run for this principal.</returns>
    public async Task<bool> CancelAsync(Principal principal, string conversationId, string runId, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var run = await RunStore.FindAsync(transaction, runId, cancellationToken);
        if (run is null || run.ConversationId != conversationId) return false;
        if (await ConversationStore.FindAsync(transaction, conversationId, cancellationToken) is not { } conversation || conversation.OwnerId != principal.AccountId) return false;
        if (run.Status is not ("queued" or "running" or "waiting")) return true;
        var via = principal.IsToken ? "rest" : "ui";
        await RunStore.EndAsync(transaction, run, "cancelled", null, cancellationToken);
        await _approvals.CancelForRunAsync(transaction, runId, principal, cancellationToken);
        // While it is being worked on, its worker tells what became of its calls; here only of those that wait.
        foreach (var call in await StepStore.UnfinishedAsync(transaction, runId, cancellationToken))
            if (call.Status == "waiting") await CancelAsync(transaction, run, call, principal, cancellationToken);
        await _log.AppendAsync(transaction, conversationId, runId, ConversationEvents.RunCancelled,
            new JsonObject { ["by"] = principal.AccountId, ["via"] = via }, cancellationToken);
        await transaction.AnnounceAsync(Topics.Control(Topics.ControlAgent), runId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task CancelAsync(IHubTransaction transaction, RunRow run, CallRow call, Principal by, CancellationToken cancellationToken)
    {
        await _log.AppendAsync(transaction, run.ConversationId, run.Id, ConversationEvents.ApprovalResolved, new JsonObject
        {
            ["approval_id"] = call.ApprovalId,
            ["status"] = "cancelled",
            ["decided_by"] = by.AccountId,
            ["outcome"] = null,
        }, cancellationToken);
        await _journal.RecordAsync(transaction, run, CallResult.Cancelled(call, transaction.Now), cancellationToken);
    }
}

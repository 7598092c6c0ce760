using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Runner;

/// <summary>
/// Brings decisions back to the calls that wait for them, and wakes the run when nothing is waited for any more.
/// The announcement names the approval; what was decided is read from its row.
/// </summary>
internal sealed partial class ApprovalAnswers(HubDatabase database, RunJournal journal, IApprovals approvals, IPrincipals principals, ILogger<ApprovalAnswers> logger) : IOutboxHandler
{
    public string Topic => "approval.decided";

    public async Task HandleAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await StepStore.WaitingForAsync(reader, id, cancellationToken) is not { } call) return;
        if (await RunStore.FindAsync(reader, call.RunId, cancellationToken) is not { } run) return;
        if (await principals.FindAsync(reader, run.AccountId, run.TokenId, run.AuthSessionId, cancellationToken) is not { } author)
        {
            await AnswerAsync(run, call, null, cancellationToken);
            return;
        }
        // Not there, or still being carried out: then it is announced again.
        if (await approvals.FindAsync(author, id, cancellationToken) is not { } approval || !IsDecided(approval)) return;
        // Only a stale plan's successor answers for it: what a person had planned anew after an expiry is a request of its own.
        if (approval is { Status: "superseded", SupersededBy: { } next } && await approvals.FindAsync(author, next, cancellationToken) is { } fresh)
            await FollowAsync(run, call, approval, fresh, cancellationToken);
        else
            await AnswerAsync(run, call, approval, cancellationToken);
    }

    /// <summary>What a run waits for may have been decided already.</summary>
    public async Task CheckAsync(string runId, CancellationToken cancellationToken)
    {
        IReadOnlyList<CallRow> waiting;
        await using (var reader = await database.ReadAsync(cancellationToken))
            waiting = await StepStore.UnfinishedAsync(reader, runId, cancellationToken);
        foreach (var call in waiting.Where(c => c.ApprovalId is not null)) await HandleAsync(call.ApprovalId!, cancellationToken);
    }

    /// <summary>The same for all waiting runs: after a restart, and for announcements that were buried.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CallRow> waiting;
        await using (var reader = await database.ReadAsync(cancellationToken))
            waiting = await StepStore.AllWaitingAsync(reader, cancellationToken);
        foreach (var call in waiting)
        {
            try
            {
                await HandleAsync(call.ApprovalId!, cancellationToken);
            }
            catch (Exception e) when (e is not (HubUnavailableException or OperationCanceledException))
            {
                // One that cannot be told must not keep the others waiting.
                LogNotTold(logger, e, call.ApprovalId!, call.RunId);
            }
        }
    }

    private static bool IsDecided(Approval approval) => approval.Status switch
    {
        "pending" => false,
        // Between its end and the gate's sweep it only looks expired; the row still waits.
        "expired" => approval.Outcome is not null,
        "consumed" => approval.Outcome is not null,
        _ => true,
    };

    private async Task AnswerAsync(RunRow run, CallRow call, Approval? approval, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await StepStore.WaitingForAsync(transaction, call.ApprovalId!, cancellationToken) is null) return;
        if (approval is not null) await journal.ResolvedAsync(transaction, run, approval, cancellationToken);
        var outcome = approval?.Outcome ?? ToolResult.Refusal(call, "denied", "The rights this was asked with are gone. Nothing was changed.");
        var waited = (long)(transaction.Now - call.StartedAt).TotalMilliseconds;
        await journal.RecordAsync(transaction, run, new CallResult(call, outcome, waited), cancellationToken);
        if (await StepStore.CountWaitingAsync(transaction, run.Id, cancellationToken) == 0) await WakeAsync(transaction, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogAnswered(logger, call.ApprovalId!, approval?.Status ?? "gone", run.Id);
    }

    // The world moved while the plan waited: the call waits for the fresh plan now.
    private async Task FollowAsync(RunRow run, CallRow call, Approval old, Approval fresh, CancellationToken cancellationToken)
    {
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            if (await StepStore.WaitingForAsync(transaction, old.Id, cancellationToken) is null) return;
            await StepStore.UpdateAsync(transaction, call with { ApprovalId = fresh.Id }, "waiting", cancellationToken);
            await journal.ResolvedAsync(transaction, run, old, cancellationToken);
            await journal.RequestedAsync(transaction, run, call.CallId, fresh.Id, fresh.Plan, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        if (IsDecided(fresh)) await HandleAsync(fresh.Id, cancellationToken);
    }

    private static async Task WakeAsync(IHubTransaction transaction, RunRow run, CancellationToken cancellationToken)
    {
        var woken = await transaction.ExecuteAsync("update runs set status = 'queued' where n = @N and status = 'waiting'", new { run.N }, cancellationToken);
        if (woken != 1) return;
        await transaction.AnnounceAsync(Topics.ChatOfAgent(Topics.ControlAgent), run.Id, cancellationToken);
        transaction.Hint(Topics.Stream("runs"), run.Id);
    }

    [LoggerMessage(2, LogLevel.Error, "Approval {ApprovalId} could not be brought back to run {RunId}")]
    private static partial void LogNotTold(ILogger logger, Exception fault, string approvalId, string runId);

    [LoggerMessage(1, LogLevel.Information, "Approval {ApprovalId} is {Status}; run {RunId} hears of it")]
    private static partial void LogAnswered(ILogger logger, string approvalId, string status, string runId);
}

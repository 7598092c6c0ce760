using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>
/// Approving: token, session, plan hash, expiry, state, rights, staleness and freeze are checked in the transaction that
/// consumes the approval and applies the plan. Of two parallel confirms exactly one finds the approval pending.
/// </summary>
internal sealed class ApprovalDeciding(
    HubDatabase database, IPrincipals principals, DecisionCheck check, ToolPlanner planner, Staleness staleness, Applier applier, ApprovalClosing closing,
    FreshPlans plans, BatchRunner batches, AgentAnswers agents, IAuditTrail audit, HubAddress address)
{
    public async Task<ApprovalDecision> ApproveAsync(Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken)
    {
        if (principal.IsToken) return new ApprovalDecision.Refused(403, "token_cannot_approve", "An API token cannot approve. Open the approval in the browser.");
        if (request.Answer is AgentAnswers.Decline or AgentAnswers.Cancel)
            return await closing.DeclineAsync(principal, approvalId, null, request.Answer == AgentAnswers.Cancel, cancellationToken);
        string batchId;
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            var (refused, present, row) = await check.PersonAsync(transaction, principal, approvalId, request, cancellationToken);
            if (refused is not null) return refused;
            if (row!.IsAgents) return await agents.AcceptAsync(transaction, present!, row, request, cancellationToken);
            var stored = (await PlanStore.FindAsync(transaction, row.PlanId!, cancellationToken))!;
            if (CheckContent(stored.Plan, request) is { } mismatch) return mismatch;
            var world = await CheckWorldAsync(transaction, present!, row, stored, cancellationToken);
            if (world.Decision is { } stopped) return stopped;
            if (world.Requester is not { } requester)
            {
                // A fresh plan may have to look outside of the database: nobody who writes waits for that.
                await transaction.DisposeAsync();
                return await SupersedeAsync(principal, row.Id, await PlanAheadAsync(row, stored, cancellationToken), cancellationToken);
            }
            if (!await ApprovalStore.ConsumeAsync(transaction, row.Id, stored.Plan.Hash, principal.AccountId, cancellationToken))
                return ApprovalClosing.AlreadyDecided((await ApprovalStore.FindAsync(transaction, row.Id, cancellationToken))!);
            await ConfirmTokens.DieAsync(transaction, row.Id, cancellationToken);
            await PlanStore.MoveAsync(transaction, stored.Plan.Id, "asked", "applied", cancellationToken);
            var work = ApplyWork.Of(stored.Plan, requester, row.Origin) with { Policy = world.Policy, RequestId = row.RequestId, ApprovalId = row.Id, Approver = principal.AccountId };
            await RecordConsumedAsync(transaction, principal, work, request, cancellationToken);
            if (stored.Plan.Steps is null) return await ApplyAsync(transaction, row, stored.Plan, work, cancellationToken);
            batchId = await BookAsync(transaction, row, stored.Plan, requester, principal, request.Veto ?? [], cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return new ApprovalDecision.Done(await batches.RunAsync(batchId).WaitAsync(cancellationToken));
    }

    private static ApprovalDecision.Refused? CheckContent(Plan plan, ApproveRequest request)
    {
        if (request.Answer is not null || request.Content is not null) return new ApprovalDecision.Refused(422, "invalid", "'answer' and 'content' belong to an agent's approval.");
        if (plan.TypedConfirmation is { } wanted && !string.Equals(request.Typed, wanted, StringComparison.Ordinal))
            return new ApprovalDecision.Refused(422, "typed_confirmation_mismatch", $"Type exactly: {wanted}");
        var steps = plan.Steps?.Count ?? 0;
        if (request.Veto is not { Count: > 0 } veto) return null;
        if (veto.Any(i => i < 0 || i >= steps)) return new ApprovalDecision.Refused(422, "invalid", steps == 0 ? "This plan has no steps to leave out." : $"Steps are numbered 0 to {steps - 1}.");
        return Veto.Spread(plan.Steps!, veto).Count == steps ? new ApprovalDecision.Refused(422, "invalid", "Every step would be left out. Decline instead.") : null;
    }

    // Requester is null when the world moved; Decision is set when nothing may happen.
    private async Task<(Principal? Requester, ApprovalDecision? Decision, JsonObject? Policy)> CheckWorldAsync(IHubTransaction transaction, Principal person, ApprovalRow row, StoredPlan stored, CancellationToken cancellationToken)
    {
        try
        {
            var requester = await principals.FindAsync(transaction, row.AccountId, row.TokenId, row.AuthSessionId, cancellationToken)
                ?? throw ToolRefusedException.Denied("The one who asked has no rights here any more. Nothing was changed.");
            if (await staleness.HasMovedAsync(transaction, stored.Plan.ReadSet, cancellationToken)) return (null, null, null);
            await PlanExecution.StopIfFrozenAsync(transaction, stored.Plan, row.AccountId, row.Origin, cancellationToken);
            // The tool's own checks again, in this transaction: the asker's role may have ended since. The policy's too: it may ask for more by now.
            var now = await planner.RecheckAsync(transaction, requester, row.Origin, stored.Plan.Tool, stored.Input.DeepClone().AsObject(), cancellationToken);
            // A price is no resource with a version; what was shown is what it may cost.
            if (now.Draft.Cost != stored.Plan.Cost) return (null, null, null);
            var plan = planner.Build(now, row.Origin, transaction.Now);
            return (requester, await check.DecisionAsync(transaction, person, row, plan.Decision, cancellationToken), plan.Policy);
        }
        catch (ToolRefusedException refusal)
        {
            return (null, ApprovalClosing.RefusedAs(row, stored.Plan.Tool, refusal), null);
        }
    }

    private async Task<ApprovalDecision> ApplyAsync(IHubTransaction transaction, ApprovalRow row, Plan plan, ApplyWork work, CancellationToken cancellationToken)
    {
        var applied = await applier.ApplyAsync(transaction, work, keepFailure: true, cancellationToken);
        if (applied is Applied.Done && applier.Outside(plan.Tool) is { } outside) return await CarryOutAsync(outside, transaction, row, work.ActionId, cancellationToken);
        var outcome = applied switch
        {
            Applied.Done done => Outcomes.Completed(row.RequestId, plan, work.ActionId, done.Result),
            Applied.Refused refused => Outcomes.Refused(row.RequestId, plan.Tool, refused.Refusal) with { Plan = plan },
            Applied.Broken broken => Outcomes.Broken(row.RequestId, plan.Tool, broken.Reference) with { Plan = plan },
            _ => throw new InvalidOperationException(),
        };
        outcome = outcome with { ApprovalId = row.Id, ApprovalUrl = address.Approval(row.Id) };
        await IdempotencyStore.AnswerAsync(transaction, row.PrincipalKey, row.RequestTool, row.RequestId, outcome, cancellationToken);
        await ApprovalStore.AnswerAsync(transaction, row.Id, outcome, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Done(outcome);
    }

    // Ordered and committed; nothing is held while it is done.
    private async Task<ApprovalDecision> CarryOutAsync(IOutsideTool tool, IHubTransaction transaction, ApprovalRow row, string actionId, CancellationToken cancellationToken)
    {
        await StillRunsAsync(transaction, row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await transaction.DisposeAsync();
        await tool.CarryOutAsync(actionId).WaitAsync(cancellationToken);
        await using var reader = await database.ReadAsync(cancellationToken);
        return (await ApprovalStore.FindAsync(reader, row.Id, cancellationToken))!.Outcome is { } outcome
            ? new ApprovalDecision.Done(Json.Read<Outcome>(outcome))
            : new ApprovalDecision.Refused(409, "in_progress", "This was approved and is still being done. Look again in a moment.");
    }

    private static async Task StillRunsAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken)
    {
        if (row.RequestId is not null)
            await transaction.ExecuteAsync("update idempotency set state = 'running', outcome = null where principal_key = @PrincipalKey and tool = @RequestTool and request_id = @RequestId", row, cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, row.Id);
    }

    private static async Task<string> BookAsync(IHubTransaction transaction, ApprovalRow row, Plan plan, Principal requester, Principal approver, IReadOnlyList<int> veto, CancellationToken cancellationToken)
    {
        var id = await BatchRunner.BookAsync(transaction,
            new BatchOrder(plan, requester, row.Origin, row.RequestTool, row.RequestId, row.Id, approver.AccountId, veto), cancellationToken);
        await StillRunsAsync(transaction, row, cancellationToken);
        return id;
    }

    private async Task<PlannedCall?> PlanAheadAsync(ApprovalRow row, StoredPlan stored, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await principals.FindAsync(reader, row.AccountId, row.TokenId, row.AuthSessionId, cancellationToken) is { } requester
            ? await plans.AheadAsync(reader, FreshOrder.Of(stored, requester, row.Origin), cancellationToken) : null;
    }

    private async Task<ApprovalDecision> SupersedeAsync(Principal approver, string approvalId, PlannedCall? ahead, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = (await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken))!;
        if (row.Status != "pending") return ApprovalClosing.AlreadyDecided(row);
        var stored = (await PlanStore.FindAsync(transaction, row.PlanId!, cancellationToken))!;
        var requester = (await principals.FindAsync(transaction, row.AccountId, row.TokenId, row.AuthSessionId, cancellationToken))!;
        (Plan Plan, ApprovalRow Row)? fresh = null;
        var words = "The plan is out of date. Nothing was changed.";
        try
        {
            fresh = await plans.MakeAsync(transaction, FreshOrder.Of(stored, requester, row.Origin) with { Key = KeyOf(row) }, ahead, cancellationToken);
            words += fresh is null ? " There is nothing left to change." : " A fresh plan waits for a decision.";
        }
        catch (ToolRefusedException refusal)
        {
            words += " " + refusal.Message;
        }
        var outcome = Outcomes.Error(row.RequestId, stored.Plan.Tool, "plan_stale", "plan_stale", words) with
        {
            Plan = fresh?.Plan,
            ApprovalId = fresh?.Row.Id,
            ApprovalUrl = fresh is { } f ? address.Approval(f.Row.Id) : null,
            RequiresConfirmation = fresh is not null,
            Difference = Staleness.Difference(stored.Plan, fresh?.Plan),
        };
        await closing.CloseAsync(transaction, row, new Closing("superseded", ApprovalClosing.ActorOf(approver)) { SupersededBy = fresh?.Row.Id }, cancellationToken);
        await ApprovalStore.AnswerAsync(transaction, row.Id, outcome, cancellationToken);
        if (fresh is { } made)
            await IdempotencyStore.AnswerAsync(transaction, row.PrincipalKey, row.RequestTool, row.RequestId, Outcomes.Asked(row.RequestId, made.Plan, made.Row.Id, address.Approval(made.Row.Id)), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Stale(outcome, fresh?.Plan, fresh?.Row.Id, outcome.Difference!);
    }

    private static RequestKey? KeyOf(ApprovalRow row) => row is { RequestTool: { } tool, RequestId: { } id } ? new RequestKey(row.PrincipalKey, tool, id, "") : null;

    private Task<long> RecordConsumedAsync(IHubTransaction transaction, Principal approver, ApplyWork work, ApproveRequest request, CancellationToken cancellationToken)
    {
        var entry = Applier.Entry(work, "approval.consumed", "consumed", null) with { Actor = ApprovalClosing.ActorOf(approver) };
        if (request.Veto is { Count: > 0 } veto) entry.Data["veto"] = new JsonArray([.. veto.Select(i => (JsonNode)i)]);
        return audit.AppendAsync(transaction, entry, cancellationToken);
    }
}

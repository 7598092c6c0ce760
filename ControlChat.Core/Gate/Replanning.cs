using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// What a person asks for anew: the same after an expiry, and the rest of a batch that stopped. It is a new request of whoever asked before, within their
/// limits; a second click, whenever and from wherever, finds what the first one made.
/// </summary>
internal sealed class Replanning(HubDatabase database, IPrincipals principals, FreshPlans plans, ApprovalClosing closing, ApprovalLimits limits, DecisionCheck check)
{
    public async Task<ApprovalDecision> ReplanAsync(Principal principal, string approvalId, CallOrigin origin, CancellationToken cancellationToken)
    {
        FreshOrder Again(ApprovalRow row, StoredPlan stored, Principal requester) => FreshOrder.Of(stored, requester, row.Again(origin));

        var ahead = await AheadAsync(principal, approvalId, (row, now) => row.Status is "pending" or "expired" && row.ExpiresAt <= now, Again, cancellationToken);
        await using var transaction = await database.BeginAsync(cancellationToken);
        var present = await principals.ReloadAsync(transaction, principal, cancellationToken);
        var row = present is null ? null : await ApprovalStore.HoldAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present!, row) || row.AccountId != present!.AccountId) return ApprovalClosing.NotFound;
        if (NotReplanned(row, transaction.Now) is { } why) return why;
        var line = await ApprovalLine.HoldAsync(transaction, row, cancellationToken);
        if (line.Standing(transaction.Now) is { Status: "consumed" }) return new ApprovalDecision.Refused(409, "conflict", "A fresh plan of this was approved already. To do it once more, ask anew.");
        var stored = (await PlanStore.FindAsync(transaction, row.PlanId!, cancellationToken))!;
        return await MakeAsync(transaction, line, Again(row, stored, present), ahead, cancellationToken);
    }

    /// <inheritdoc cref="IApprovals.PlanRestAsync"/>
    public async Task<ApprovalDecision> PlanRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        var ahead = await AheadAsync(principal, approvalId, (row, _) => Stopped(row) is not null, RestOf, cancellationToken);
        await using var transaction = await database.BeginAsync(cancellationToken);
        var present = await principals.ReloadAsync(transaction, principal, cancellationToken);
        var row = present is null ? null : await ApprovalStore.HoldAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present!, row)) return ApprovalClosing.NotFound;
        if (row.AccountId != present!.AccountId || !ApprovalViews.Decides(present))
            return await check.RefuseAsync(transaction, present, row, "not_requester", "Only the person who asked for the batch can plan its rest. Nothing was planned.", cancellationToken);
        if (Stopped(row) is null) return new ApprovalDecision.Refused(409, "conflict", "Only a batch that stopped has a rest to plan.");
        var line = await ApprovalLine.HoldAsync(transaction, row, cancellationToken);
        var stored = (await PlanStore.FindAsync(transaction, row.PlanId!, cancellationToken))!;
        return await MakeAsync(transaction, line, RestOf(row, stored, present), ahead, cancellationToken);
    }

    /// <inheritdoc cref="IApprovals.FindRestAsync"/>
    public async Task<Approval?> FindRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        if (await ApprovalStore.FindAsync(reader, approvalId, cancellationToken) is not { } row || !ApprovalViews.MaySee(present, row) || Stopped(row) is null) return null;
        return (await ApprovalLine.FindAsync(reader, row, cancellationToken)).Standing(reader.Now) is { } rest ? await ApprovalViews.ShowAsync(reader, present, rest, cancellationToken) : null;
    }

    private static Outcome? Stopped(ApprovalRow row) =>
        row is { IsAgents: false, Status: "consumed", Outcome: { } outcome } && Json.Read<Outcome>(outcome) is { Status: "partial" } stopped ? stopped : null;

    // The steps are those of the stopped plan, and not typed by who clicks now unless the same person asked for them on a page.
    private static FreshOrder RestOf(ApprovalRow row, StoredPlan stored, Principal requester)
    {
        var tainted = stored.Plan.Tainted || row.Via != "ui" || row.TokenId is not null;
        return new FreshOrder("plan.batch", RestOfSteps.ArgumentsOf(stored.Plan, Stopped(row)!), requester, row.Again(new CallOrigin("ui", Tainted: tainted)), stored.Plan.Decision);
    }

    private async Task<ApprovalDecision> MakeAsync(IHubTransaction transaction, ApprovalLine line, FreshOrder order, PlannedCall? ahead, CancellationToken cancellationToken)
    {
        if (line.Standing(transaction.Now) is { } standing) return new ApprovalDecision.Fresh(await ApprovalViews.ShowAsync(transaction, order.Requester, standing, cancellationToken));
        if (line.Last.Status == "pending") await closing.ExpireAsync(transaction, line.Last, cancellationToken);
        try
        {
            await limits.CheckAsync(transaction, order.Requester.Key, agents: false, cancellationToken);
            if (await plans.MakeAsync(transaction, order, ahead, cancellationToken) is not { } fresh) return new ApprovalDecision.Refused(409, "conflict", "There is nothing left to change.");
            await ApprovalStore.FollowAsync(transaction, line.End, fresh.Row.Id, cancellationToken);
            transaction.Hint(Approvals.ChangedTopic, line.First.Id);
            var shown = await ApprovalViews.ShowAsync(transaction, order.Requester, fresh.Row, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new ApprovalDecision.Fresh(shown);
        }
        catch (ToolRefusedException refusal)
        {
            return ApprovalClosing.RefusedAs(line.First, order.Tool, refusal);
        }
    }

    private async Task<PlannedCall?> AheadAsync(Principal principal, string approvalId, Func<ApprovalRow, DateTimeOffset, bool> fits, Func<ApprovalRow, StoredPlan, Principal, FreshOrder> order, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        if (await ApprovalStore.FindAsync(reader, approvalId, cancellationToken) is not { PlanId: { } planId } row || row.AccountId != present.AccountId || !fits(row, reader.Now)) return null;
        return await PlanStore.FindAsync(reader, planId, cancellationToken) is { } stored ? await plans.AheadAsync(reader, order(row, stored, present), cancellationToken) : null;
    }

    private static ApprovalDecision.Refused? NotReplanned(ApprovalRow row, DateTimeOffset now) => row switch
    {
        { IsAgents: true } => new ApprovalDecision.Refused(409, "conflict", "The agent asks again by itself if it still needs this."),
        { Status: "pending" } => row.ExpiresAt > now ? new ApprovalDecision.Refused(409, "conflict", "This approval still waits for its decision.") : null,
        { Status: "expired" } => null,
        _ => ApprovalClosing.AlreadyDecided(row),
    };
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Plans and approvals that come after others: for what went stale, what expired, and the rest of what stopped.</summary>
internal sealed class FreshPlans(ToolPlanner planner, Staleness staleness, PlanExecution execution)
{
    /// <summary>Planned on a view that cannot write; it counts only while what it read has not moved. A refusal is found again, and told, by <see cref="MakeAsync"/>.</summary>
    public async Task<PlannedCall?> AheadAsync(IHubReader reader, FreshOrder order, CancellationToken cancellationToken)
    {
        try
        {
            return await planner.PlanAsync(reader, order.Requester, order.Origin, order.Tool, order.Input.DeepClone().AsObject(), cancellationToken);
        }
        catch (ToolRefusedException)
        {
            return null;
        }
    }

    /// <summary>In the caller's transaction; null when nothing would change any more.</summary>
    /// <exception cref="ToolRefusedException">It cannot be planned.</exception>
    public async Task<(Plan Plan, ApprovalRow Row)?> MakeAsync(IHubTransaction transaction, FreshOrder order, PlannedCall? ahead, CancellationToken cancellationToken)
    {
        var (requester, origin) = (order.Requester, order.Origin);
        var planned = ahead is not null && !await staleness.HasMovedAsync(transaction, ahead.Draft.ReadSet, cancellationToken)
            ? await planner.BaseAsync(transaction, requester, ahead, cancellationToken)
            : await planner.PlanAsync(transaction, requester, origin, order.Tool, order.Input.DeepClone().AsObject(), cancellationToken);
        var plan = planner.Build(planned, origin, transaction.Now);
        if (plan.Effects.Count == 0) return null;
        // What asked once asks again, and as strictly, whatever a fresh look would let pass.
        if (Strictness.IsStricter(order.Decision, plan.Decision))
            plan = plan with { Decision = order.Decision, ExpiresAt = transaction.Now + Policy.Patience(plan.Scope, order.Decision) };
        await PlanStore.InsertAsync(transaction, plan, order.Input, requester, origin, "asked", cancellationToken);
        return (plan, await execution.OpenAsync(transaction, new PlanOrder(plan, order.Input, requester, origin, order.Key, planned.Draft.Unchanged), cancellationToken));
    }
}

/// <summary>What is to be planned and asked for anew.</summary>
/// <param name="Input">As the tool takes it.</param>
/// <param name="Decision">That of the plan before it.</param>
internal sealed record FreshOrder(string Tool, JsonObject Input, Principal Requester, CallOrigin Origin, string Decision)
{
    /// <summary>The request that is still to be answered; null for a new one.</summary>
    public RequestKey? Key { get; init; }

    /// <summary>The same once more.</summary>
    public static FreshOrder Of(StoredPlan stored, Principal requester, CallOrigin origin) => new(stored.Plan.Tool, stored.Input, requester, origin, stored.Plan.Decision);
}

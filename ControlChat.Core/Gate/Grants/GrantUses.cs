using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

/// <summary>A grant in place of a person's decision, in the transaction that applies: what fails or is stale gives its use back with it.</summary>
internal static class GrantUses
{
    /// <summary>Uses the grant that covers this plan and ends first; null: none does, and a person is asked.</summary>
    /// <param name="outside">The tool's work lies outside of the hub.</param>
    public static async Task<UsedGrant?> TakeAsync(IHubTransaction transaction, PlanOrder order, bool outside, CancellationToken cancellationToken)
    {
        var (plan, origin) = (order.Plan, order.Origin);
        // What asks for a fresh sign-in or a second person asks whatever was granted.
        if (plan.Decision != "confirm" || origin.Tainted || GrantRules.WhyNever(plan, outside) is not null) return null;
        foreach (var grant in await GrantStore.ForAsync(transaction, order.Principal.Key, plan, origin.ConversationId, cancellationToken))
        {
            if (GrantRules.Covers(grant.Constraints, plan.Arguments) && await GrantStore.UseAsync(transaction, grant.Id, cancellationToken))
                return new UsedGrant(grant.Id, grant.GrantorId, grant.Used + 1, grant.Most);
        }
        return null;
    }

    public static async Task RecordAsync(IHubTransaction transaction, IAuditTrail audit, ApplyWork work, UsedGrant grant, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(transaction, new AuditEntry(AuditEvents.GrantUsed, "completed", Applier.ActorOf(work.Principal, work.Origin))
        {
            Approver = grant.GrantorId,
            Tool = work.Plan.Tool,
            ActionId = work.ActionId,
            RequestId = work.RequestId,
            PlanId = work.PlanId,
            PlanHash = work.PlanHash,
            RunId = work.Origin.RunId,
            ConversationId = work.Origin.ConversationId,
            WorkspaceId = Applier.WorkspaceOf(work.Plan.Effects),
            TraceId = work.Origin.TraceId,
            Data = new JsonObject { ["grant_id"] = grant.Id, ["used"] = grant.Used, ["count"] = grant.Count },
        }, cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, grant.Id);
    }
}

/// <param name="Used">With this use.</param>
internal sealed record UsedGrant(string Id, string GrantorId, int Used, int Count);

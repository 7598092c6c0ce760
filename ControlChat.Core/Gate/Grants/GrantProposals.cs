using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

/// <summary>Finds what a person said yes to again and again, and how narrow a grant for it would be.</summary>
internal sealed class GrantProposals(Applier applier)
{
    private const int LeastTimes = 2;
    private const int Count = 5;
    private const int Days = 7;
    private static readonly TimeSpan Looked = TimeSpan.FromDays(30);

    /// <summary>Null unless this consumed approval is the newest of at least two alike, by the one who decided it.</summary>
    public async Task<GrantOffer?> FindAsync(IHubReader reader, ApprovalRow row, Plan plan, CancellationToken cancellationToken)
    {
        if (WhyNever(plan) is not null) return null;
        var before = await GrantStore.ApprovedAsync(reader, row, plan.Tool, reader.Now - Looked, cancellationToken);
        if (before.Count < LeastTimes || before[0].ApprovalId != row.Id) return null;
        var plans = before.Select(b => Json.Read<Plan>(b.Body)).Where(p => WhyNever(p) is null).ToList();
        if (plans.Count < LeastTimes) return null;
        var ids = GrantIds.Of(plan.Arguments);
        var seen = plans.Select(p => GrantIds.Of(p.Arguments)).Where(o => o.Keys.Order(StringComparer.Ordinal).SequenceEqual(ids.Keys.Order(StringComparer.Ordinal))).ToList();
        // Two ids that vary would let pairs through that nobody has seen: then it stays with the last pair.
        var vary = ids.Keys.Count(id => seen.Select(o => o[id]).Distinct(StringComparer.Ordinal).Count() > 1) > 1;
        var constraints = ids.Select(id => new GrantConstraint(id.Key, GrantConstraint.Among, vary ? [id.Value] : [.. seen.Select(o => o[id.Key]).Distinct(StringComparer.Ordinal)])).ToList();
        var to = new GrantParty(row.AccountId, row.AccountName, "", row.TokenId, row.TokenName);
        return new GrantOffer(row.Id, plan.Tool, plans.Count, to, row.ConversationId, constraints, GrantIds.Free(plan.Arguments), Count, Days);
    }

    public string? WhyNever(Plan plan) => GrantRules.WhyNever(plan, applier.Outside(plan.Tool) is not null);
}

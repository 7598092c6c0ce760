using System.Diagnostics;
using ControlChat.Core.Accounts;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Gate;

/// <summary>The gate with each call counted, whichever door it came by. A caller who left before the answer is not counted.</summary>
internal sealed class CountedGate(ToolGate gate, IUsageNames names, UsageCounts usage) : IToolGate
{
    public Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken) =>
        CountAsync(principal, () => gate.InvokeAsync(principal, call, cancellationToken));

    public Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken) =>
        CountAsync(principal, () => gate.ApplyPlanAsync(principal, planId, requestId, origin, cancellationToken));

    public Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken) => gate.FindPlanAsync(principal, planId, cancellationToken);

    private async Task<Outcome> CountAsync(Principal principal, Func<Task<Outcome>> call)
    {
        var since = Stopwatch.GetTimestamp();
        var outcome = await call();
        usage.Called(principal.AccountId, principal.TokenId, UsageKinds.Tool, names.Has(outcome.Tool) ? outcome.Tool : UsageKinds.Unknown, outcome.Status, Stopwatch.GetElapsedTime(since));
        return outcome;
    }
}

/// <summary>The tools of the catalog, and those that agents have in workspaces.</summary>
internal sealed class KnownTools(IToolCatalog catalog, IEnumerable<IFurtherTools> further) : IUsageNames
{
    public bool Has(string tool) => catalog.Find(tool) is not null || further.Any(f => f.Has(tool));
}

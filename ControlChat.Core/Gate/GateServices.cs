using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

public static class GateServices
{
    /// <summary>Planning, approval, applying and expiry.</summary>
    public static IServiceCollection AddGate(this IServiceCollection services) => services
        .AddPolicy()
        .AddSingleton<ToolPlanner>()
        .AddSingleton<IToolPlanner>(s => s.GetRequiredService<ToolPlanner>())
        .AddSingleton<CallGuard>()
        .AddSingleton<Staleness>()
        .AddSingleton<IResourceVersions, ActionVersions>()
        .AddSingleton<Applier>()
        .AddSingleton<BatchRunner>()
        .AddSingleton<IOutboxHandler>(s => s.GetRequiredService<BatchRunner>())
        .AddSingleton<ApprovalLimits>()
        .AddSingleton<PlanExecution>()
        .AddSingleton<IUsageNames, KnownTools>()
        .AddSingleton<ToolGate>()
        .AddSingleton<IToolGate, CountedGate>()
        .AddSingleton<ApprovalClosing>()
        .AddSingleton<ApprovalReminders>()
        .AddSingleton<DecisionCheck>()
        .AddSingleton<OutsideAnswers>()
        .AddSingleton<AgentAnswers>()
        .AddSingleton<FreshPlans>()
        .AddSingleton<Replanning>()
        .AddSingleton<ApprovalDeciding>()
        .AddSingleton<IAgentApprovals, AgentApprovals>()
        .AddSingleton<IApprovals, Approvals>()
        .AddSingleton<IFreezes, Freezes>()
        .AddSingleton<GrantProposals>()
        .AddSingleton<GrantMaking>()
        .AddSingleton<GrantEnding>()
        .AddSingleton<IGrants, StandingGrants>()
        .AddSingleton<IBatchProgress, BatchProgresses>()
        .AddSingleton<ActionHistory>()
        .AddSingleton<IActionHistory>(s => s.GetRequiredService<ActionHistory>())
        .AddSingleton<TrailEntries>()
        .AddSingleton<IResourceHistory, ResourceHistory>()
        .AddSingleton(new HubFigure(
            "controlchat.approvals.pending", null, "Approvals that wait for a person.",
            async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from approvals where status = 'pending'", null, cancellationToken)))
        .AddHostedService<GateSweeper>();

    private static IServiceCollection AddPolicy(this IServiceCollection services) => services
        .AddSingleton<Policy>()
        .AddSingleton<PolicyRuleCheck>()
        .AddSingleton<PolicyLockOut>()
        .AddSingleton(p => new PolicySimulator(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<Policy>(), p.GetRequiredService<PolicyRuleCheck>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<PolicySimulator>>()))
        .AddSingleton(p => new PolicyDesk(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<Policy>(), p.GetRequiredService<PolicyRuleCheck>(), p.GetRequiredService<PolicyLockOut>(), p.GetRequiredService<PolicySimulator>(),
            p.GetRequiredService<IPrincipals>(), p.GetRequiredService<RecentSignIn>(), p.GetRequiredService<IAuditTrail>()))
        .AddSingleton(p => new PolicyStart(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<Policy>(), p.GetRequiredService<IAuditTrail>()))
        .AddSingleton(p => new HubFigure(
            "controlchat.policy.unanswerable", null, "Open accounts whose requests nobody could approve under the policy: no second person can sign in.",
            async (reader, cancellationToken) => await p.GetRequiredService<PolicyWarnings>().CountAsync(reader, cancellationToken)))
        .AddSingleton(p => new PolicyWarnings(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<Policy>(), p.GetRequiredService<PolicyLockOut>()));
}

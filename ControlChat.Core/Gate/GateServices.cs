using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Gate;

public static class GateServices
{
    /// <summary>Planning, approval, applying and expiry.</summary>
    public static IServiceCollection AddGate(this IServiceCollection services) => services
        .AddSingleton<Policy>()
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
        .AddSingleton<IToolGate, ToolGate>()
        .AddSingleton<ApprovalClosing>()
        .AddSingleton<DecisionCheck>()
        .AddSingleton<OutsideAnswers>()
        .AddSingleton<AgentAnswers>()
        .AddSingleton<ApprovalDeciding>()
        .AddSingleton<IAgentApprovals, AgentApprovals>()
        .AddSingleton<IApprovals, Approvals>()
        .AddSingleton<IFreezes, Freezes>()
        .AddSingleton<GrantProposals>()
        .AddSingleton<GrantMaking>()
        .AddSingleton<GrantEnding>()
        .AddSingleton<IGrants, StandingGrants>()
        .AddSingleton<IBatchProgress, BatchProgresses>()
        .AddSingleton<IActionHistory, ActionHistory>()
        .AddSingleton(new HubFigure(
            "controlchat.approvals.pending", null, "Approvals that wait for a person.",
            async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from approvals where status = 'pending'", null, cancellationToken)))
        .AddHostedService<GateSweeper>();
}

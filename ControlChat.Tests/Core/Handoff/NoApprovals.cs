using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.Core.Handoff;

/// <summary>Nobody waits for a decision.</summary>
internal sealed class NoApprovals : IAgentApprovals
{
    public Task<string> OpenAsync(IHubTransaction transaction, AgentAsk ask, CancellationToken cancellationToken) => throw new InvalidOperationException("Nobody asks here.");

    public Task<AgentDecision?> FindAnswerAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken) => Task.FromResult<AgentDecision?>(null);

    public Task<bool> CancelAsync(IHubTransaction transaction, string approvalId, string reason, AuditActor by, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<int> CancelForSessionAsync(IHubTransaction transaction, string sessionId, string reason, AuditActor by, CancellationToken cancellationToken) => Task.FromResult(0);
}

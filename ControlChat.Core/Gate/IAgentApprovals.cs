using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// Approvals of workspace agents, for the worker that holds the agent's process. People see and decide them through <see cref="IApprovals"/>.
/// A decision is announced as every other one: outbox topic <c>approval.decided</c>, and at once a wake-up on <c>stream:approvals</c> with
/// the id. A wake-up may be lost, so a worker also looks by <see cref="FindAnswerAsync"/> from time to time.
/// </summary>
public interface IAgentApprovals
{
    /// <summary>Opens an approval in the caller's transaction, with its row on the record. Asked twice, it is the one that was opened first, whatever became of it.</summary>
    /// <returns>The approval's id.</returns>
    /// <exception cref="ToolRefusedException">It cannot be asked, and the message says why: the caller declines for the person. Nothing was written.
    /// <c>too_long</c> above <see cref="AgentAsk.MostBytes"/>, <c>invalid</c>, <c>denied</c> when the owner's rights are gone, <c>conflict</c> when the
    /// session is over or the id stands for something else, <c>too_many_pending</c>, <c>rate_limited</c> after three declines within ten minutes.</exception>
    Task<string> OpenAsync(IHubTransaction transaction, AgentAsk ask, CancellationToken cancellationToken);

    /// <returns>Null when there is no agent's approval of that id.</returns>
    Task<AgentDecision?> FindAnswerAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken);

    /// <summary>Withdraws one that still waits: its turn has ended.</summary>
    /// <param name="by">On the record.</param>
    /// <returns>False when it did not wait any more.</returns>
    Task<bool> CancelAsync(IHubTransaction transaction, string approvalId, string reason, AuditActor by, CancellationToken cancellationToken);

    /// <summary>Withdraws all that a session waits for, and forgets what was filled in for its questions: it has ended.</summary>
    /// <returns>How many were withdrawn.</returns>
    Task<int> CancelForSessionAsync(IHubTransaction transaction, string sessionId, string reason, AuditActor by, CancellationToken cancellationToken);
}

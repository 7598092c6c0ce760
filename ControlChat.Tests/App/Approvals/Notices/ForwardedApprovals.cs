using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.App.Approvals.Notices;

/// <summary>The real approvals, for a test that puts something in the way of one question.</summary>
internal abstract class ForwardedApprovals(IApprovals real) : IApprovals
{
    public virtual Task<ApprovalNewsRead> NewsAsync(Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken) => real.NewsAsync(principal, query, cancellationToken);

    public virtual Task<Page<Approval>> ListAsync(Principal principal, ApprovalFilter filter, CancellationToken cancellationToken) => real.ListAsync(principal, filter, cancellationToken);

    public Task<Approval?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => real.FindAsync(principal, approvalId, cancellationToken);

    public Task<IReadOnlyList<Approval>> FindAsync(Principal principal, IReadOnlyCollection<string> approvalIds, CancellationToken cancellationToken) => real.FindAsync(principal, approvalIds, cancellationToken);

    public Task<OpenApproval?> OpenAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => real.OpenAsync(principal, approvalId, cancellationToken);

    public Task<ApprovalDecision> ApproveAsync(Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken) => real.ApproveAsync(principal, approvalId, request, cancellationToken);

    public Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, CancellationToken cancellationToken) => real.DeclineAsync(principal, approvalId, reason, cancellationToken);

    public Task<ApprovalDecision> CancelTurnAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => real.CancelTurnAsync(principal, approvalId, cancellationToken);

    public Task<ApprovalDecision> ReplanAsync(Principal principal, string approvalId, CallOrigin origin, CancellationToken cancellationToken) => real.ReplanAsync(principal, approvalId, origin, cancellationToken);

    public Task<ApprovalDecision> PlanRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => real.PlanRestAsync(principal, approvalId, cancellationToken);

    public Task<Approval?> FindRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => real.FindRestAsync(principal, approvalId, cancellationToken);

    public Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken) => real.CancelForRunAsync(transaction, runId, by, cancellationToken);

    public Task<int> CountWaitingAsync(Principal principal, CancellationToken cancellationToken) => real.CountWaitingAsync(principal, cancellationToken);
}

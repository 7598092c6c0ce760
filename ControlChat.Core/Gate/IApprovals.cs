using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Approvals: seen, opened, decided. A model has no way in here.</summary>
public interface IApprovals
{
    /// <param name="principal">Sees its own and, as an admin, all.</param>
    /// <param name="filter">Status, whose, page.</param>
    Task<Page<Approval>> ListAsync(Principal principal, ApprovalFilter filter, CancellationToken cancellationToken);

    Task<Approval?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken);

    /// <summary>The approval and a fresh confirm token when this principal is a signed-in person who may decide it.</summary>
    Task<OpenApproval?> OpenAsync(Principal principal, string approvalId, CancellationToken cancellationToken);

    /// <summary>Applies a plan, or accepts for an agent; with another <see cref="ApproveRequest.Answer"/> it is <see cref="DeclineAsync"/> or <see cref="CancelTurnAsync"/>.</summary>
    Task<ApprovalDecision> ApproveAsync(Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken);

    /// <summary>No. It needs no confirm token, and no freeze stops it.</summary>
    Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, CancellationToken cancellationToken);

    /// <summary>No to an agent, whose turn ends with it. As <see cref="DeclineAsync"/>.</summary>
    Task<ApprovalDecision> CancelTurnAsync(Principal principal, string approvalId, CancellationToken cancellationToken);

    /// <summary>A fresh pending approval for the same arguments, after an expiry: a new request, within this principal's limits.</summary>
    /// <param name="origin">By which door it is asked for now; the conversation and the taint stay those of the first request.</param>
    Task<ApprovalDecision> ReplanAsync(Principal principal, string approvalId, CallOrigin origin, CancellationToken cancellationToken);

    /// <summary>
    /// An approval for the steps that a stopped batch did not do, by the person who asked for the batch: the one that waits or was approved already, else a
    /// new one. It always asks, and what that person did not ask for on a page stays untrusted.
    /// </summary>
    /// <param name="approvalId">Of the stopped batch.</param>
    Task<ApprovalDecision> PlanRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken);

    /// <summary>The approval for the rest of a stopped batch that waits or was approved; null when there is none, or it may not be seen.</summary>
    Task<Approval?> FindRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken);

    /// <summary>Cancels what a cancelled run was waiting for, inside the caller's transaction; the record says by whom.</summary>
    Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken);

    /// <summary>How many wait for this principal's decision, at most 1000: as many as <see cref="ApprovalFilter.Decidable"/> shows.</summary>
    Task<int> CountWaitingAsync(Principal principal, CancellationToken cancellationToken);

    /// <summary>Several at once, as notices tell of them; none for a principal that has no rights any more.</summary>
    Task<ApprovalNewsRead> NewsAsync(Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken);

    /// <summary>Several at once, in no order; those that this principal may not see are left out. At most <see cref="ApprovalNewsQuery.Most"/>.</summary>
    Task<IReadOnlyList<Approval>> FindAsync(Principal principal, IReadOnlyCollection<string> approvalIds, CancellationToken cancellationToken);
}

/// <param name="Status">One of the statuses, or null for all.</param>
/// <param name="Mine">True: asked by this principal; false: not; null: both.</param>
/// <param name="Cursor">From <see cref="Page{T}.NextCursor"/>.</param>
/// <param name="Limit">1-200.</param>
public sealed record ApprovalFilter(string? Status = null, bool? Mine = null, string? Cursor = null, int Limit = 50, string? ConversationId = null)
{
    /// <summary>As <see cref="Status"/>: all that wait no more.</summary>
    public const string Decided = "decided";

    /// <summary>Only what waits for the decision of this very principal.</summary>
    public bool Decidable { get; init; }
}

public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

public sealed record OpenApproval(Approval Approval, string? ConfirmToken);

/// <param name="ConfirmToken">43 base64url characters.</param>
/// <param name="Veto">Indexes of batch steps not to run.</param>
/// <param name="Typed">What was typed where the plan asks for it.</param>
public sealed record ApproveRequest(string? ConfirmToken, IReadOnlyList<int>? Veto = null, string? Typed = null)
{
    /// <summary>For an agent's approval: <c>accept|decline|cancel</c>; null for a plan.</summary>
    public string? Answer { get; init; }

    /// <summary>With an accepted question: what was filled in.</summary>
    public JsonObject? Content { get; init; }
}

/// <summary>What came of a decision: exactly the cases a face must answer differently.</summary>
public abstract record ApprovalDecision
{
    private ApprovalDecision()
    {
    }

    /// <summary>Consumed; the outcome says how the action went.</summary>
    public sealed record Done(Outcome Outcome) : ApprovalDecision;

    public sealed record Declined(Approval Approval) : ApprovalDecision;

    /// <summary>A fresh approval was made (replan).</summary>
    public sealed record Fresh(Approval Approval) : ApprovalDecision;

    /// <summary>Nothing was changed; <paramref name="Code"/> and HTTP status are those of contracts, section 4.</summary>
    public sealed record Refused(int Http, string Code, string Message, Outcome? Outcome = null) : ApprovalDecision
    {
        /// <summary>Seconds to wait, for 429.</summary>
        public int? RetryAfter { get; init; }
    }

    /// <summary>The world moved: the old approval is superseded, <paramref name="Plan"/> is the fresh one (null when it cannot be planned any more).</summary>
    public sealed record Stale(Outcome Outcome, Plan? Plan, string? ApprovalId, JsonArray Difference) : ApprovalDecision;
}

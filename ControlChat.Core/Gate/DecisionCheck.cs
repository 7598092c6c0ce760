using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>Whether this person may decide this approval now, with this confirm token: the same for plans and for agents, in the transaction that consumes it.</summary>
internal sealed class DecisionCheck(IPrincipals principals, ApprovalClosing closing, IAuditTrail audit, IHubSettings settings)
{
    /// <returns>Why not, or who decides and what.</returns>
    public async Task<(ApprovalDecision? Refused, Principal? Present, ApprovalRow? Row)> PersonAsync(IHubTransaction transaction, Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken)
    {
        var present = await principals.ReloadAsync(transaction, principal, cancellationToken);
        var row = present is null ? null : await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present!, row)) return (ApprovalClosing.NotFound, null, null);
        if (row.Status != "pending") return (ApprovalClosing.AlreadyDecided(row), null, null);
        if (row.ExpiresAt <= transaction.Now) return (await ExpireAsync(transaction, row, cancellationToken), null, null);
        if (await ConfirmTokens.ShutOutAsync(transaction, principal.AuthSessionId!, cancellationToken))
            return (new ApprovalDecision.Refused(429, "rate_limited", "Too many wrong confirmations. Wait a minute, then open the approval again.") { RetryAfter = 60 }, null, null);
        // Before the token: who may not decide is given none, and should hear why.
        if (Decision(present!, row, row.Decision, transaction.Now) is { } unfit) return (unfit, null, null);
        if (!await ConfirmTokens.FitsAsync(transaction, row, principal.AuthSessionId!, request.ConfirmToken, cancellationToken))
            return (await RejectTokenAsync(transaction, principal, row, cancellationToken), null, null);
        return (null, present, row);
    }

    /// <summary>What the policy asks of this person; null: they may decide.</summary>
    public ApprovalDecision.Refused? Decision(Principal person, ApprovalRow row, string decision, DateTimeOffset now) => decision switch
    {
        "second_person" when row.AccountId == person.AccountId =>
            new ApprovalDecision.Refused(403, "second_person_required", "You asked for this, so another person must approve it."),
        "confirm_recent" when now - person.AuthTime > settings.Current.Policy.RecentSignIn =>
            new ApprovalDecision.Refused(401, "step_up_required", "This needs a fresh sign-in. Sign in again, then approve."),
        _ => null,
    };

    private async Task<ApprovalDecision> ExpireAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken)
    {
        await closing.ExpireAsync(transaction, row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return ApprovalClosing.Expired(row);
    }

    private async Task<ApprovalDecision> RejectTokenAsync(IHubTransaction transaction, Principal principal, ApprovalRow row, CancellationToken cancellationToken)
    {
        await ConfirmTokens.RememberFailureAsync(transaction, principal.AuthSessionId!, cancellationToken);
        // The fifth is still told that it is wrong; from then on even the right one waits.
        var shutOut = await ConfirmTokens.ShutOutAsync(transaction, principal.AuthSessionId!, cancellationToken);
        await audit.AppendAsync(transaction, new AuditEntry("approval.token_rejected", "denied", ApprovalClosing.ActorOf(principal))
        {
            ApprovalId = row.Id,
            PlanId = row.PlanId,
            PlanHash = row.PlanHash,
            RunId = row.RunId,
            ConversationId = row.ConversationId,
            WorkspaceId = row.WorkspaceId,
            Data = new JsonObject { ["shut_out"] = shutOut },
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Refused(403, "confirm_token_invalid", "This confirmation does not belong to this approval and this sign-in, or it is too old. Open the approval again.");
    }
}

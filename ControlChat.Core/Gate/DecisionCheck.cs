using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Policies;
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
        if (await DecisionAsync(transaction, present!, row, row.Decision, cancellationToken) is { } unfit) return (unfit, null, null);
        if (!await ConfirmTokens.FitsAsync(transaction, row, principal.AuthSessionId!, request.ConfirmToken, cancellationToken))
            return (await RejectTokenAsync(transaction, principal, row, cancellationToken), null, null);
        return (null, present, row);
    }

    /// <summary>What the policy asks of this person; null: they may decide. Whoever is no second person is put on the record, which ends the transaction.</summary>
    public async Task<ApprovalDecision.Refused?> DecisionAsync(IHubTransaction transaction, Principal person, ApprovalRow row, string decision, CancellationToken cancellationToken)
    {
        switch (decision)
        {
            case "second_person" when (await SecondPerson.OfAsync(transaction, person.AccountId, cancellationToken)).WhyNot(row) is { } why:
                return await RefuseAsync(transaction, person, row, "second_person_required", why, cancellationToken);
            case "confirm_recent" when transaction.Now - person.AuthTime > settings.Current.Policy.RecentSignIn:
                return new ApprovalDecision.Refused(401, "step_up_required", "This needs a fresh sign-in. Sign in again, then approve.");
            default:
                return null;
        }
    }

    /// <summary>Turns a person down and puts that on the record, which ends the transaction.</summary>
    public async Task<ApprovalDecision.Refused> RefuseAsync(IHubTransaction transaction, Principal person, ApprovalRow row, string code, string why, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(transaction, new AuditEntry("tool.denied", "denied", ApprovalClosing.ActorOf(person))
        {
            Tool = await ApprovalClosing.ToolOfAsync(transaction, row, cancellationToken),
            ApprovalId = row.Id,
            PlanId = row.PlanId,
            PlanHash = row.PlanHash,
            RunId = row.RunId,
            ConversationId = row.ConversationId,
            WorkspaceId = row.WorkspaceId,
            Data = new JsonObject { ["reason"] = code, ["error"] = why },
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Refused(403, code, why);
    }

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

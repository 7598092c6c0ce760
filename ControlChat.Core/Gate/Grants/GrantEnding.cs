using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

/// <summary>Ends grants with what they stood on: a role, an account, a token, a membership. In the transaction of that change, each with its row.</summary>
public sealed class GrantEnding(IAuditTrail audit)
{
    /// <summary>After an account's event went on the record: whatever changes an account or ends a token does so.</summary>
    public async Task FollowAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken)
    {
        if (entry.Data["account_id"] is not JsonValue id || !id.TryGetValue(out string? account)) return;
        var actor = new AuditActor(entry.By.Account, null, entry.By.Session, entry.By.Via);
        var change = entry.Event == AuditEvents.AccountChanged ? entry.Data["change"]?.GetValue<string>() : null;
        if (change is "role" or "closed")
            await EndAsync(transaction, audit, await GrantStore.OpenOfAccountAsync(transaction, account, cancellationToken), new GrantEnd(change, actor, entry.By.Account), cancellationToken);
        else if (entry.Event == AuditEvents.TokenRevoked || entry.Data["tokens_revoked"] is not null)
            await EndAsync(transaction, audit, await GrantStore.OpenOfTokensAsync(transaction, account, entry.Data["token_id"]?.GetValue<string>(), cancellationToken), new GrantEnd("token", actor, entry.By.Account), cancellationToken);
    }

    /// <summary>After a plan was applied: who is let into a workspace, put out of it or given another role there loses what they were granted there.</summary>
    internal static async Task MembersAsync(IHubTransaction transaction, IAuditTrail audit, ApplyWork work, CancellationToken cancellationToken)
    {
        foreach (var effect in work.Plan.Effects)
        {
            if (effect.Resource.Split('/', 2) is not ["member", var member] || member.Split(':', 2) is not [var workspace, var account]) continue;
            var end = new GrantEnd("membership", Applier.ActorOf(work.Principal, work.Origin), work.Principal.AccountId) { WorkspaceId = workspace, ActionId = work.ActionId };
            await EndAsync(transaction, audit, await GrantStore.OpenInWorkspaceAsync(transaction, account, workspace, cancellationToken), end, cancellationToken);
        }
    }

    /// <returns>How many of them had not ended before.</returns>
    internal static async Task<int> EndAsync(IHubTransaction transaction, IAuditTrail audit, IReadOnlyList<GrantRow> grants, GrantEnd end, CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var grant in grants)
        {
            if (!await GrantStore.RevokeAsync(transaction, grant.Id, end.By, end.Why, cancellationToken)) continue;
            ended++;
            await audit.AppendAsync(transaction, Entry(grant, end), cancellationToken);
            transaction.Hint(Approvals.ChangedTopic, grant.Id);
        }
        return ended;
    }

    private static AuditEntry Entry(GrantRow grant, GrantEnd end)
    {
        var data = new JsonObject
        {
            ["grant_id"] = grant.Id,
            ["reason"] = end.Why,
            ["account_id"] = grant.AccountId,
            ["token_id"] = grant.TokenId,
            ["grantor_id"] = grant.GrantorId,
            ["used"] = grant.Used,
            ["count"] = grant.Most,
        };
        if (end.ActionId is not null) data["by_action"] = end.ActionId;
        return new AuditEntry(AuditEvents.GrantRevoked, "completed", end.Actor)
        {
            Tool = grant.Tool,
            PlanId = grant.PlanId,
            ApprovalId = grant.ApprovalId,
            ConversationId = grant.ConversationId,
            WorkspaceId = end.WorkspaceId,
            Data = data,
        };
    }
}

/// <param name="Why"><c>person|role|closed|token|membership</c>.</param>
/// <param name="By">The account that did it, or null.</param>
internal sealed record GrantEnd(string Why, AuditActor Actor, string? By)
{
    public string? WorkspaceId { get; init; }

    /// <summary>The action that changed the membership.</summary>
    public string? ActionId { get; init; }
}

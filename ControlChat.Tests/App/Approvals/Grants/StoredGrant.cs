using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>A grant straight into the tables, with the approval and the plan it would come from.</summary>
internal static class StoredGrant
{
    /// <param name="role">What the account is in the workspace; '' for nothing.</param>
    public static async Task InsertAsync(IHubTransaction transaction, string account, string accountRole, ToolDefinition tool, string workspace, string role)
    {
        var (id, plan, approval) = (Ids.New("grt"), Ids.New("pln"), Ids.New("apr"));
        await transaction.ExecuteAsync(
            """
            insert into plans (id, hash, tool, tool_hash, principal_key, account_id, body, input, state, created_at, expires_at)
            values (@plan, '', @Name, @Hash, @account, @account, '{}', '{}', 'applied', hub_now(), hub_now())
            """, new { plan, tool.Name, tool.Hash, account }, CancellationToken.None);
        await ApprovalStore.InsertAsync(transaction, new ApprovalRow
        {
            Id = approval,
            Status = "consumed",
            PlanId = plan,
            PrincipalKey = account,
            AccountId = account,
            AccountName = account,
            Via = "rest",
            CreatedAt = transaction.Now,
            ExpiresAt = transaction.Now,
        }, CancellationToken.None);
        var grant = new GrantRow
        {
            Id = id,
            Tool = tool.Name,
            ToolHash = tool.Hash,
            Bounds = Json.Write<IReadOnlyList<GrantConstraint>>([new GrantConstraint("workspace_id", GrantConstraint.Same, [workspace])]),
            PrincipalKey = account,
            AccountId = account,
            AccountRole = accountRole,
            GrantorId = account,
            GrantorRole = accountRole,
            ApprovalId = approval,
            PlanId = plan,
            Most = 100,
            CreatedAt = transaction.Now,
            EndsAt = transaction.Now.AddDays(1),
        };
        await GrantStore.InsertAsync(transaction, grant, [new GrantWorkspace(id, workspace, role)], CancellationToken.None);
    }
}

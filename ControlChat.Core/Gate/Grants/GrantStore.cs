using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

internal static class GrantStore
{
    private const string Own =
        """
        id, tool, tool_hash, bounds, principal_key, account_id, account_role, token_id, token_name, conversation_id, grantor_id, grantor_role,
        approval_id, plan_id, most, used, created_at, ends_at, revoked_at, revoked_by, revoked_why
        """;

    private const string Columns = Own +
        """
        , (select a.name from accounts a where a.id = grants.account_id) as account_name, (select a.name from accounts a where a.id = grants.grantor_id) as grantor_name
        """;

    private const string Open = "revoked_at is null and used < most and ends_at > hub_now()";

    public static async Task InsertAsync(IHubTransaction transaction, GrantRow row, IReadOnlyList<GrantWorkspace> workspaces, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            $"""
            insert into grants ({Own})
            values (@Id, @Tool, @ToolHash, @Bounds, @PrincipalKey, @AccountId, @AccountRole, @TokenId, @TokenName, @ConversationId, @GrantorId, @GrantorRole,
              @ApprovalId, @PlanId, @Most, @Used, @CreatedAt, @EndsAt, @RevokedAt, @RevokedBy, @RevokedWhy)
            """, row, cancellationToken);
        foreach (var workspace in workspaces)
            await transaction.ExecuteAsync("insert into grant_workspaces (grant_id, workspace_id, role) values (@GrantId, @WorkspaceId, @Role)", workspace, cancellationToken);
    }

    public static Task<GrantRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<GrantRow>($"select {Columns} from grants where id = @id", new { id }, cancellationToken);

    public static Task<GrantRow?> FromApprovalAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken) =>
        reader.FindAsync<GrantRow>($"select {Columns} from grants where approval_id = @approvalId", new { approvalId }, cancellationToken);

    /// <summary>Newest first, one more than asked for; <paramref name="account"/> null sees all, else those it was given and those it gave.</summary>
    public static async Task<IReadOnlyList<GrantRow>> ListAsync(IHubReader reader, string? account, GrantFilter filter, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<GrantRow>> QueryAsync(string whose) => reader.QueryAsync<GrantRow>(
            "select " + Columns + " from grants where id < coalesce(@Cursor, '~')" + whose
            + (filter.Status switch { GrantFilter.Active => " and " + Open, GrantFilter.Ended => " and not (" + Open + ")", _ => "" })
            + " order by id desc limit @take",
            new { account, filter.Cursor, take = filter.Limit + 1 }, cancellationToken);

        if (account is null) return await QueryAsync("");
        // Each by its own index; what somebody gave themselves is among the first.
        var (given, gave) = (await QueryAsync(" and account_id = @account"), await QueryAsync(" and grantor_id = @account and account_id <> @account"));
        return [.. given.Concat(gave).OrderByDescending(g => g.Id, StringComparer.Ordinal).Take(filter.Limit + 1)];
    }

    /// <summary>Those that may cover a plan, the one that ends first at the head.</summary>
    public static Task<IReadOnlyList<GrantRow>> ForAsync(IHubReader reader, string principalKey, Plan plan, string? conversationId, CancellationToken cancellationToken) =>
        reader.QueryAsync<GrantRow>(
            "select " + Own + " from grants where principal_key = @principalKey and tool = @Tool and tool_hash = @ToolHash and " + Open
            + (conversationId is null ? " and conversation_id is null" : " and conversation_id = @conversationId") + " order by ends_at limit @most",
            new { principalKey, plan.Tool, plan.ToolHash, conversationId, most = GrantMaking.MostActive }, cancellationToken);

    public static Task<long> CountOpenAsync(IHubReader reader, string principalKey, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select count(*) from grants where principal_key = @principalKey and " + Open, new { principalKey }, cancellationToken);

    /// <summary>
    /// The one conditional update by which a grant is used: count, end, revocation, both people and what the grantee is in the workspaces, in
    /// the same statement, by the database's time.
    /// </summary>
    public static async Task<bool> UseAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            """
            update grants set used = used + 1
            where id = @id and used < most and ends_at > hub_now() and revoked_at is null
              and exists (select 1 from accounts a where a.id = grants.account_id and a.closed_at is null and a.role = grants.account_role)
              and exists (select 1 from accounts a where a.id = grants.grantor_id and a.closed_at is null and a.role = grants.grantor_role)
              and (token_id is null or exists (select 1 from api_tokens t where t.id = grants.token_id and t.revoked_at is null and t.expires_at > hub_now()))
              and not exists (select 1 from grant_workspaces w where w.grant_id = grants.id and w.role <>
                coalesce((select m.role from workspace_members m where m.workspace_id = w.workspace_id and m.account_id = grants.account_id), ''))
            """, new { id }, cancellationToken) == 1;

    /// <returns>False when it had ended before.</returns>
    public static async Task<bool> RevokeAsync(IHubTransaction transaction, string id, string? by, string why, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update grants set revoked_at = hub_now(), revoked_by = @by, revoked_why = @why where id = @id and used < most and ends_at > hub_now() and revoked_at is null",
            new { id, by, why }, cancellationToken) == 1;

    /// <summary>Those that an account uses or gave.</summary>
    public static async Task<IReadOnlyList<GrantRow>> OpenOfAccountAsync(IHubReader reader, string account, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<GrantRow>> QueryAsync(string whose) =>
            reader.QueryAsync<GrantRow>("select " + Columns + " from grants where " + whose + " and " + Open + " order by id", new { account }, cancellationToken);

        return [.. await QueryAsync("account_id = @account"), .. await QueryAsync("grantor_id = @account and account_id <> @account")];
    }

    /// <summary>Those that an account's tokens use.</summary>
    /// <param name="token">One of them, or null for all.</param>
    public static Task<IReadOnlyList<GrantRow>> OpenOfTokensAsync(IHubReader reader, string account, string? token, CancellationToken cancellationToken) =>
        reader.QueryAsync<GrantRow>(
            "select " + Columns + " from grants where account_id = @account and token_id is not null and token_id = coalesce(@token, token_id) and " + Open + " order by id",
            new { account, token }, cancellationToken);

    /// <summary>Those that an account uses in a workspace: named by its id, or reached by a prefix of it.</summary>
    public static async Task<IReadOnlyList<GrantRow>> OpenInWorkspaceAsync(IHubReader reader, string account, string workspace, CancellationToken cancellationToken) =>
        [.. (await reader.QueryAsync<GrantRow>("select " + Columns + " from grants where account_id = @account and " + Open + " order by id", new { account }, cancellationToken))
            .Where(grant => grant.Constraints.Any(c => c.Fits(workspace)))];

    /// <summary>What the grant's account is in each of these workspaces now.</summary>
    public static async Task<IReadOnlyList<GrantWorkspace>> RolesAsync(IHubReader reader, GrantRow grant, IReadOnlyList<string> workspaces, CancellationToken cancellationToken)
    {
        var roles = (await reader.QueryAsync<GrantWorkspace>(
            "select '' as grant_id, workspace_id, role from workspace_members where account_id = @AccountId and workspace_id in (" + reader.Dialect.TextsOf("@ids") + ")",
            new { grant.AccountId, ids = Json.Write(workspaces) }, cancellationToken)).ToDictionary(r => r.WorkspaceId, r => r.Role, StringComparer.Ordinal);
        return [.. workspaces.Select(id => new GrantWorkspace(grant.Id, id, roles.GetValueOrDefault(id, "")))];
    }

    /// <summary>What one person said yes to when the same principal asked for the same tool in the same conversation, newest first.</summary>
    public static async Task<IReadOnlyList<GrantedBefore>> ApprovedAsync(IHubReader reader, ApprovalRow like, string tool, DateTimeOffset since, CancellationToken cancellationToken) =>
        [.. (await reader.QueryAsync<GrantedBefore>(
            """
            select a.id as approval_id, a.decided_at, p.body from approvals a join plans p on p.id = a.plan_id
            where a.principal_key = @PrincipalKey and a.status = 'consumed' and a.decided_at > @since and a.decided_by = @DecidedBy and a.kind = 'plan' and a.tainted = 0
              and a.decision = 'confirm' and p.tool = @tool
            """ + (like.ConversationId is null ? " and a.conversation_id is null" : " and a.conversation_id = @ConversationId")
            + " order by a.decided_at desc limit 50",
            new { like.PrincipalKey, like.DecidedBy, like.ConversationId, tool, since }, cancellationToken)).OrderByDescending(b => b.DecidedAt, StringComparer.Ordinal).ThenByDescending(b => b.ApprovalId, StringComparer.Ordinal)];
}

internal sealed record GrantedBefore(string ApprovalId, string DecidedAt, string Body);

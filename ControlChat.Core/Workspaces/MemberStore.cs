using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <summary>
/// Who belongs to a workspace. Every write is a compare-and-set on the role that was planned, raises the membership's version
/// and is false when it had moved on. A workspace with an owner whose account is open keeps one.
/// </summary>
public sealed class MemberStore
{
    private const string Columns = "m.account_id, coalesce(a.name, m.account_id) as name, a.email, m.role, case when a.closed_at is null then 0 else 1 end as closed";
    private const string From = "workspace_members m left join accounts a on a.id = m.account_id";

    /// <summary>Owners first, then by name.</summary>
    public async Task<IReadOnlyList<Member>> ListAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken) =>
        [.. (await reader.QueryAsync<Row>($"""
            select {Columns} from {From} where m.workspace_id = @workspaceId
            order by case m.role when 'owner' then 0 when 'collaborator' then 1 else 2 end, 2, m.account_id
            """, new { workspaceId }, cancellationToken)).Select(r => r.ToMember())];

    /// <summary>0 when the membership never changed.</summary>
    public Task<long> VersionAsync(IHubReader reader, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select version from workspace_member_versions where workspace_id = @workspaceId and account_id = @accountId", new { workspaceId, accountId }, cancellationToken);

    public async Task<bool> AddAsync(IHubTransaction transaction, string workspaceId, string accountId, string role, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            insert into workspace_members (workspace_id, account_id, role, state, updated_at)
            select id, @accountId, @role, state, updated_at from workspaces where id = @workspaceId
            on conflict do nothing
            """, new { workspaceId, accountId, role }, cancellationToken) == 1
        && await MovedAsync(transaction, workspaceId, accountId, cancellationToken);

    public async Task<bool> SetRoleAsync(IHubTransaction transaction, string workspaceId, string accountId, string before, string after, CancellationToken cancellationToken)
    {
        await LockAsync(transaction, workspaceId, cancellationToken);
        return (before != WorkspaceRole.Owner || await HasOtherOwnerAsync(transaction, workspaceId, accountId, cancellationToken))
            && await transaction.ExecuteAsync("update workspace_members set role = @after where workspace_id = @workspaceId and account_id = @accountId and role = @before",
                new { workspaceId, accountId, before, after }, cancellationToken) == 1
            && await MovedAsync(transaction, workspaceId, accountId, cancellationToken);
    }

    public async Task<bool> RemoveAsync(IHubTransaction transaction, string workspaceId, string accountId, string before, CancellationToken cancellationToken)
    {
        await LockAsync(transaction, workspaceId, cancellationToken);
        return (before != WorkspaceRole.Owner || await HasOtherOwnerAsync(transaction, workspaceId, accountId, cancellationToken))
            && await transaction.ExecuteAsync("delete from workspace_members where workspace_id = @workspaceId and account_id = @accountId and role = @before",
                new { workspaceId, accountId, before }, cancellationToken) == 1
            && await MovedAsync(transaction, workspaceId, accountId, cancellationToken);
    }

    private static async Task<bool> HasOtherOwnerAsync(IHubReader reader, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>($"""
            select count(*) from {From} where m.workspace_id = @workspaceId and m.account_id <> @accountId and m.role = 'owner' and a.closed_at is null
            """, new { workspaceId, accountId }, cancellationToken) > 0;

    // Two owners who remove each other at the same moment wait for one another here, so that the second one counts right.
    private static Task<int> LockAsync(IHubTransaction transaction, string workspaceId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update workspaces set version = version where id = @workspaceId", new { workspaceId }, cancellationToken);

    private static async Task<bool> MovedAsync(IHubTransaction transaction, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            insert into workspace_member_versions (workspace_id, account_id, version) values (@workspaceId, @accountId, 1)
            on conflict (workspace_id, account_id) do update set version = workspace_member_versions.version + 1
            """, new { workspaceId, accountId }, cancellationToken) == 1;

    private sealed class Row
    {
        public string AccountId { get; init; } = "";
        public string Name { get; init; } = "";
        public string? Email { get; init; }
        public string Role { get; init; } = "";
        public bool Closed { get; init; }

        public Member ToMember() => new(AccountId, Name, Email, Role, Closed);
    }
}

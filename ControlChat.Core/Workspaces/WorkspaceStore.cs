using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <summary>
/// Workspaces as their members see them. Every write is a compare-and-set on the value that was planned,
/// raises the version and is false when the row had moved on.
/// </summary>
public sealed class WorkspaceStore
{
    private const string HostDown = "not exists (select 1 from workspace_hosts h where h.workspace_id = w.id and h.state in ('starting', 'on', 'stopping'))";

    /// <summary>Null when there is none, or the account is no member.</summary>
    public async Task<Workspace?> FindAsync(IHubReader reader, string accountId, string id, CancellationToken cancellationToken) =>
        (await reader.FindAsync<WorkspaceRow>($"""
            select {WorkspaceRow.Columns}
            from workspace_members m join workspaces w on w.id = m.workspace_id {WorkspaceRow.PinJoin}
            where m.account_id = @accountId and m.workspace_id = @id
            """, new { accountId, id }, cancellationToken))?.ToWorkspace();

    /// <summary>Every workspace the account can see whose title is this, whatever the case; at most <paramref name="limit"/>, oldest first.</summary>
    public async Task<IReadOnlyList<Workspace>> FindByTitleAsync(IHubReader reader, string accountId, string title, int limit, CancellationToken cancellationToken) =>
        [.. (await reader.QueryAsync<WorkspaceRow>($"""
            select {WorkspaceRow.Columns}
            from workspaces w join workspace_members m on m.account_id = @accountId and m.workspace_id = w.id {WorkspaceRow.PinJoin}
            where w.title_key = @key order by w.id limit @limit
            """, new { accountId, key = WorkspaceText.Key(title), limit }, cancellationToken)).Select(r => r.ToWorkspace())];

    /// <summary>The account's latest changed, whatever their state.</summary>
    public async Task<IReadOnlyList<Workspace>> RecentAsync(IHubReader reader, string accountId, int limit, CancellationToken cancellationToken) =>
        [.. (await reader.QueryAsync<WorkspaceRow>($"""
            select {WorkspaceRow.Columns}
            from workspace_members m join workspaces w on w.id = m.workspace_id {WorkspaceRow.PinJoin}
            where m.account_id = @accountId order by m.updated_at desc, m.workspace_id desc limit @limit
            """, new { accountId, limit }, cancellationToken)).Select(r => r.ToWorkspace())];

    /// <summary>How many workspaces an account owns, the trash included.</summary>
    public Task<long> CountOwnedAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select count(*) from workspace_members where account_id = @accountId and role = 'owner'", new { accountId }, cancellationToken);

    /// <summary>0 when there is none.</summary>
    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select version from workspaces where id = @id", new { id }, cancellationToken);

    /// <summary>Makes it active, with its maker as the owner.</summary>
    /// <param name="trustedFor">The account when it typed title and tags itself, else null.</param>
    public async Task InsertAsync(IHubTransaction transaction, string id, string title, IReadOnlyList<string> tags, string accountId, string? trustedFor, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("""
            insert into workspaces (id, title, title_key, state, tags, version, created_at, created_by, updated_at, title_trusted_for, tags_trusted_for)
            values (@id, @title, @key, 'active', '[]', 1, @now, @accountId, @now, @trustedFor, @trustedFor)
            """, new { id, title, key = WorkspaceText.Key(title), now = transaction.Now, accountId, trustedFor }, cancellationToken);
        await transaction.ExecuteAsync("""
            insert into workspace_members (workspace_id, account_id, role, state, updated_at) values (@id, @accountId, 'owner', 'active', @now)
            """, new { id, accountId, now = transaction.Now }, cancellationToken);
        await WriteTagsAsync(transaction, id, tags, cancellationToken);
    }

    /// <summary>Renaming to the title it had just before gives back that title's trust, not more: an undo makes nobody's words one's own.</summary>
    public async Task<bool> RenameAsync(IHubTransaction transaction, string id, string before, string after, string? trustedFor, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspaces set title = @after, title_key = @key, version = version + 1, updated_at = @now,
              title_trusted_for = case when previous_title = @after and previous_title_trusted_for is distinct from @trustedFor then null else @trustedFor end,
              previous_title = title, previous_title_trusted_for = title_trusted_for
            where id = @id and title = @before and state <> 'trashed'
            """, new { id, before, after, key = WorkspaceText.Key(after), trustedFor, now = transaction.Now }, cancellationToken) == 1
        && await SortAsync(transaction, id, cancellationToken);

    /// <summary>Tags that were ever someone else's stay untrusted: which of them came back by an undo is not known.</summary>
    public async Task<bool> RetagAsync(IHubTransaction transaction, string id, IReadOnlyList<string> before, IReadOnlyList<string> after, string? trustedFor, CancellationToken cancellationToken)
    {
        var moved = await transaction.ExecuteAsync("""
            update workspaces set version = version + 1, updated_at = @now,
              tags_trusted_for = case when tags_trusted_for = @trustedFor then @trustedFor else null end
            where id = @id and tags = @before and state <> 'trashed'
            """, new { id, before = Json.Write(before), trustedFor, now = transaction.Now }, cancellationToken);
        if (moved == 0) return false;
        await WriteTagsAsync(transaction, id, after, cancellationToken);
        return await SortAsync(transaction, id, cancellationToken);
    }

    /// <summary>Moves it from one state to another; out of use only when its host is down or was ordered to stop.</summary>
    /// <param name="purgeAt">When it moves to the trash: until when it stays there.</param>
    public async Task<bool> MoveAsync(IHubTransaction transaction, string id, string before, string after, DateTimeOffset? purgeAt, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspaces set state = @after, version = version + 1, updated_at = @now,
              archived_at = case when @after = 'active' then null when @after = 'archived' and @before = 'active' then @now else archived_at end,
              trashed_at = case when @after = 'trashed' then @now else null end,
              purge_at = @purgeAt
            where id = @id and state = @before
              and (@after = 'active' or not exists (select 1 from workspace_hosts h where h.workspace_id = @id and h.state in ('starting', 'on')))
            """, new { id, before, after, purgeAt, now = transaction.Now }, cancellationToken) == 1
        && await SortAsync(transaction, id, cancellationToken);

    /// <summary>Removes a trashed workspace with all that hangs on it; false, too, while its host still stops: whoever ends it needs its row.</summary>
    public async Task<bool> PurgeAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken)
    {
        if (await transaction.FindAsync<long>($"select count(*) from workspaces w where w.id = @id and w.state = 'trashed' and {HostDown}", new { id }, cancellationToken) == 0) return false;
        await transaction.ExecuteAsync("delete from workspace_pins where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from workspace_tags where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from workspace_members where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from workspace_member_versions where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from workspace_hosts where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from sync_configs where workspace_id = @id", new { id }, cancellationToken);
        await transaction.ExecuteAsync("delete from sync_runs where workspace_id = @id", new { id }, cancellationToken);
        return await transaction.ExecuteAsync("delete from workspaces where id = @id", new { id }, cancellationToken) == 1;
    }

    /// <summary>What has lain in the trash until its purge date and can go, longest first; at most 100.</summary>
    public Task<IReadOnlyList<string>> DueAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select w.id from workspaces w where w.state = 'trashed' and w.purge_at <= hub_now() and {HostDown} order by w.purge_at limit 100", null, cancellationToken);

    /// <summary>Purges it if it is still due; null when it is not.</summary>
    public async Task<GoneWorkspace?> PurgeDueAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken)
    {
        var gone = await transaction.FindAsync<GoneWorkspace>("select id, title, tags, purge_at from workspaces where id = @id and state = 'trashed' and purge_at <= hub_now()", new { id }, cancellationToken);
        return gone is not null && await PurgeAsync(transaction, id, cancellationToken) ? gone : null;
    }

    private static async Task WriteTagsAsync(IHubTransaction transaction, string id, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("update workspaces set tags = @tags where id = @id", new { id, tags = Json.Write(tags) }, cancellationToken);
        await transaction.ExecuteAsync("delete from workspace_tags where workspace_id = @id", new { id }, cancellationToken);
        foreach (var tag in tags)
            await transaction.ExecuteAsync("insert into workspace_tags (tag, workspace_id) values (@tag, @id)", new { tag, id }, cancellationToken);
    }

    // The members' copies of state and time, by which lists are sorted.
    private static async Task<bool> SortAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspace_members set
              state = (select state from workspaces where id = @id), updated_at = (select updated_at from workspaces where id = @id)
            where workspace_id = @id
            """, new { id }, cancellationToken) >= 0;
}

/// <summary>What the record keeps of a workspace that the trash let go.</summary>
public sealed class GoneWorkspace
{
    public string Id { get; init; } = "";
    public string Title { get; init; } = "";

    /// <summary>A JSON array.</summary>
    public string Tags { get; init; } = "[]";
    public DateTimeOffset PurgeAt { get; init; }
}

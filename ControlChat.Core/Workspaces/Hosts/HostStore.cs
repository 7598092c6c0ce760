using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>What people ordered of hosts and what became of it. Every move is a compare-and-set on the order and the state before.</summary>
public sealed class HostStore
{
    private const string Columns = "workspace_id, state, size, action_id, node, seen_at, reason, changed_at";

    public Task<HostRow?> FindAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken) =>
        reader.FindAsync<HostRow>($"select {Columns} from workspace_hosts where workspace_id = @workspaceId", new { workspaceId }, cancellationToken);

    /// <summary>How often it was ordered; 0 for never.</summary>
    public Task<long> VersionAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select version from workspace_hosts where workspace_id = @workspaceId", new { workspaceId }, cancellationToken);

    /// <summary>Every host that is not down.</summary>
    public Task<IReadOnlyList<HostRow>> OpenAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<HostRow>($"select {Columns} from workspace_hosts where state in ('starting', 'on', 'stopping') order by workspace_id", null, cancellationToken);

    public async Task<bool> OrderStartAsync(IHubTransaction transaction, string workspaceId, string size, string actionId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            insert into workspace_hosts (workspace_id, state, size, version, action_id, changed_at) values (@workspaceId, 'starting', @size, 1, @actionId, @now)
            on conflict (workspace_id) do update set state = 'starting', size = excluded.size, version = workspace_hosts.version + 1, action_id = excluded.action_id,
              node = null, seen_at = null, reason = null, changed_at = excluded.changed_at
            where workspace_hosts.state in ('off', 'failed')
            """, new { workspaceId, size, actionId, now = transaction.Now }, cancellationToken) == 1;

    public async Task<bool> OrderStopAsync(IHubTransaction transaction, string workspaceId, string actionId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspace_hosts set state = 'stopping', version = version + 1, action_id = @actionId, reason = null, changed_at = @now
            where workspace_id = @workspaceId and state in ('starting', 'on', 'failed')
            """, new { workspaceId, actionId, now = transaction.Now }, cancellationToken) == 1;

    /// <summary>Makes a process of the hub the one that looks after it; false when another one does.</summary>
    public async Task<bool> ClaimAsync(IHubTransaction transaction, HostRow row, string node, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspace_hosts set node = @node, seen_at = @now where workspace_id = @WorkspaceId and action_id = @ActionId and (node is null or node = @node)
            """, new { row.WorkspaceId, row.ActionId, node, now = transaction.Now }, cancellationToken) == 1;

    public async Task<bool> MoveAsync(IHubTransaction transaction, HostRow row, string after, string? reason, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update workspace_hosts set state = @after, reason = @reason, seen_at = @now, changed_at = @now
            where workspace_id = @WorkspaceId and action_id = @ActionId and state = @State
            """, new { row.WorkspaceId, row.ActionId, row.State, after, reason, now = transaction.Now }, cancellationToken) == 1;
}

public sealed record HostRow
{
    public string WorkspaceId { get; init; } = "";

    /// <summary>One of <see cref="HostState"/>.</summary>
    public string State { get; init; } = "";
    public string Size { get; init; } = "";

    /// <summary>The action that ordered it last.</summary>
    public string ActionId { get; init; } = "";

    /// <summary>Which process of the hub looks after it; null before the first has taken it.</summary>
    public string? Node { get; init; }
    public DateTimeOffset? SeenAt { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset ChangedAt { get; init; }
}

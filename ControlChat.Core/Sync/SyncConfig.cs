using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sync;

/// <summary>Which way files go; the other side becomes like this one, what it has more is deleted there.</summary>
public static class SyncDirection
{
    /// <summary>From the workspace to the remote.</summary>
    public const string Push = "push";

    /// <summary>From the remote to the workspace.</summary>
    public const string Pull = "pull";
}

/// <summary>With what a workspace is synced.</summary>
/// <param name="Direction">One of <see cref="SyncDirection"/>.</param>
/// <param name="HostKey">The one public key of the host that is accepted; null exactly for a directory of this machine.</param>
/// <param name="NamedBy">The admin who named a remote outside of what the operator lists; null when it was listed.</param>
public sealed record SyncConfig(SyncRemote Remote, string Direction, IReadOnlyList<string> Exclude, HostKey? HostKey, string? NamedBy);

/// <summary>The configurations of workspaces. A row, once made, stays: its version never goes back.</summary>
public sealed class SyncConfigStore
{
    /// <summary>Null when there is none.</summary>
    public async Task<SyncConfig?> FindAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken)
    {
        var row = await reader.FindAsync<Row>("select remote, direction, exclude, host_key, named_by from sync_configs where workspace_id = @workspaceId and remote is not null", new { workspaceId }, cancellationToken);
        return row is null ? null : new SyncConfig(
            SyncRemote.Parse(row.Remote) ?? throw new FormatException($"'{row.Remote}' is no remote."), row.Direction,
            [.. JsonNode.Parse(row.Exclude)!.AsArray().Select(p => p!.GetValue<string>())], row.HostKey is null ? null : HostKey.Parse(row.HostKey), row.NamedBy);
    }

    /// <summary>How often it was changed; 0 for never.</summary>
    public Task<long> VersionAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select version from sync_configs where workspace_id = @workspaceId", new { workspaceId }, cancellationToken);

    /// <param name="config">Null takes it out.</param>
    public Task PutAsync(IHubTransaction transaction, string workspaceId, SyncConfig? config, CancellationToken cancellationToken) => transaction.ExecuteAsync("""
        insert into sync_configs (workspace_id, remote, direction, exclude, host_key, named_by, version, changed_at)
        values (@workspaceId, @remote, @direction, @exclude, @hostKey, @namedBy, 1, @now)
        on conflict (workspace_id) do update set remote = excluded.remote, direction = excluded.direction, exclude = excluded.exclude, host_key = excluded.host_key,
          named_by = excluded.named_by, version = sync_configs.version + 1, changed_at = excluded.changed_at
        """, new
    {
        workspaceId,
        remote = config?.Remote.ToString(),
        direction = config?.Direction,
        exclude = Json.Write(config?.Exclude ?? []),
        hostKey = config?.HostKey?.Line,
        namedBy = config?.NamedBy,
        now = transaction.Now,
    }, cancellationToken);

    private sealed record Row
    {
        public string Remote { get; init; } = "";
        public string Direction { get; init; } = "";
        public string Exclude { get; init; } = "";
        public string? HostKey { get; init; }
        public string? NamedBy { get; init; }
    }
}

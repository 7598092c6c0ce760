using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <summary>Which workspaces an account keeps at hand. Its own affair: a pin does not change the workspace.</summary>
public sealed class WorkspacePins
{
    /// <summary>0 when it was never pinned.</summary>
    public Task<long> VersionAsync(IHubReader reader, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select version from workspace_pins where workspace_id = @workspaceId and account_id = @accountId", new { workspaceId, accountId }, cancellationToken);

    public async Task<bool> IsPinnedAsync(IHubReader reader, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>("select pinned from workspace_pins where workspace_id = @workspaceId and account_id = @accountId", new { workspaceId, accountId }, cancellationToken) == 1;

    public Task SetAsync(IHubTransaction transaction, string workspaceId, string accountId, bool pinned, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("""
            insert into workspace_pins (workspace_id, account_id, pinned, version) values (@workspaceId, @accountId, @pinned, 1)
            on conflict (account_id, workspace_id) do update set pinned = excluded.pinned, version = workspace_pins.version + 1
            """, new { workspaceId, accountId, pinned }, cancellationToken);
}

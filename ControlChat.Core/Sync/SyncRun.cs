using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sync;

public static class SyncState
{
    public const string Never = "never";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>Waits or moves files.</summary>
    public static bool IsOpen(string state) => state is Queued or Running;
}

/// <summary>The latest run of a workspace.</summary>
public sealed record SyncRun
{
    public string WorkspaceId { get; init; } = "";

    /// <summary>The action that ordered it.</summary>
    public string ActionId { get; init; } = "";

    /// <summary>One of <see cref="SyncState"/>.</summary>
    public string State { get; init; } = "";
    public long ConfigVersion { get; init; }
    public string Digest { get; init; } = "";

    /// <summary>Which process of the hub runs it; null before one has taken it.</summary>
    public string? Node { get; init; }
    public DateTimeOffset? SeenAt { get; init; }

    /// <summary>Who wants it stopped.</summary>
    public string? CancelledBy { get; init; }
    public long Files { get; init; }
    public long Bytes { get; init; }
    public long Percent { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? LastError { get; init; }

    /// <summary>JSON.</summary>
    public string? LastResult { get; init; }
}

/// <summary>Runs, one for each workspace. Every move is a compare-and-set on the action and the state before.</summary>
public sealed class SyncRunStore
{
    private const string Columns = "workspace_id, action_id, state, config_version, digest, node, seen_at, cancelled_by, files, bytes, percent, created_at, started_at, ended_at, last_error, last_result";

    public Task<SyncRun?> FindAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken) =>
        reader.FindAsync<SyncRun>($"select {Columns} from sync_runs where workspace_id = @workspaceId", new { workspaceId }, cancellationToken);

    public Task<SyncRun?> OfActionAsync(IHubReader reader, string actionId, CancellationToken cancellationToken) =>
        reader.FindAsync<SyncRun>($"select {Columns} from sync_runs where action_id = @actionId", new { actionId }, cancellationToken);

    /// <summary>Every run that waits or moves files.</summary>
    public Task<IReadOnlyList<SyncRun>> OpenAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<SyncRun>($"select {Columns} from sync_runs where state in ('queued', 'running') order by workspace_id", null, cancellationToken);

    /// <summary>The runs a process of the hub ever took, for what it may have left behind.</summary>
    public Task<IReadOnlyList<string>> TakenByAsync(IHubReader reader, string node, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>("select action_id from sync_runs where node = @node", new { node }, cancellationToken);

    /// <returns>False while another run of the workspace is open.</returns>
    public async Task<bool> OrderAsync(IHubTransaction transaction, string workspaceId, string actionId, long configVersion, string digest, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            insert into sync_runs (workspace_id, action_id, state, config_version, digest, files, bytes, percent, created_at)
            values (@workspaceId, @actionId, 'queued', @configVersion, @digest, 0, 0, 0, @now)
            on conflict (workspace_id) do update set action_id = excluded.action_id, state = 'queued', config_version = excluded.config_version, digest = excluded.digest,
              node = null, seen_at = null, cancelled_by = null, files = 0, bytes = 0, percent = 0, created_at = excluded.created_at,
              started_at = null, ended_at = null, last_error = null, last_result = null
            where sync_runs.state not in ('queued', 'running')
            """, new { workspaceId, actionId, configVersion, digest, now = transaction.Now }, cancellationToken) == 1;

    /// <summary>Makes a process of the hub the one that runs it; false when another one does, or it is over.</summary>
    public async Task<bool> ClaimAsync(IHubTransaction transaction, string actionId, string node, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sync_runs set node = @node, seen_at = @now where action_id = @actionId and state = 'queued' and (node is null or node = @node)",
            new { actionId, node, now = transaction.Now }, cancellationToken) == 1;

    public async Task<bool> BeginAsync(IHubTransaction transaction, string actionId, string node, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sync_runs set state = 'running', started_at = @now, seen_at = @now where action_id = @actionId and state = 'queued' and node = @node and cancelled_by is null",
            new { actionId, node, now = transaction.Now }, cancellationToken) == 1;

    /// <summary>Says that it goes on, and how far it is.</summary>
    public Task<int> SeeAsync(IHubTransaction transaction, string actionId, string node, SyncProgress progress, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sync_runs set seen_at = @now, files = @Files, bytes = @Bytes, percent = @Percent where action_id = @actionId and node = @node and state in ('queued', 'running')",
            new { actionId, node, progress.Files, progress.Bytes, progress.Percent, now = transaction.Now }, cancellationToken);

    public async Task<bool> CancelAsync(IHubTransaction transaction, string actionId, string accountId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sync_runs set cancelled_by = @accountId where action_id = @actionId and state in ('queued', 'running') and cancelled_by is null",
            new { actionId, accountId }, cancellationToken) == 1;

    /// <summary>Ends a run that is still with the node it was read with, or with none.</summary>
    public async Task<bool> EndAsync(IHubTransaction transaction, SyncRun run, SyncEnd end, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update sync_runs set state = @State, ended_at = @now, last_error = @Error, last_result = @result,
              files = coalesce(@files, files), bytes = coalesce(@bytes, bytes), percent = coalesce(@percent, percent)
            where action_id = @ActionId and state in ('queued', 'running') and (node = @Node or node is null)
            """, new
        {
            run.ActionId,
            run.Node,
            end.State,
            end.Error,
            result = end.Result?.ToJsonString(),
            files = end.Progress?.Files,
            bytes = end.Progress?.Bytes,
            percent = end.Progress?.Percent,
            now = transaction.Now,
        }, cancellationToken) == 1;
}

/// <summary>How a run ended.</summary>
/// <param name="State">One of <see cref="SyncState"/>.</param>
/// <param name="Error">For people; null when it went well.</param>
/// <param name="Result">What was done.</param>
public sealed record SyncEnd(string State, string? Error, JsonObject? Result, SyncProgress? Progress = null);

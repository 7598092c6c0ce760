using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Workspaces;

/// <summary>
/// Brings <c>{Workspaces:Root}/{id}</c> in line with the rows after a commit: there when the workspace is, gone when it is purged.
/// It looks at what is, not at what was asked, so doing it again, late or in another order ends the same. What it did is on the record once.
/// </summary>
public sealed partial class WorkspaceDirectories(HubDatabase database, WorkspaceStore workspaces, IHubSettings settings, IAuditTrail audit, ILogger<WorkspaceDirectories> logger) : IOutboxHandler
{
    public const string Topic = "workspace.directory";

    string IOutboxHandler.Topic => Topic;

    /// <summary>What to announce: the workspace, and the action that changed it.</summary>
    public static string Order(string workspaceId, string? actionId) => $"{workspaceId}:{actionId}";

    public async Task HandleAsync(string id, CancellationToken cancellationToken)
    {
        var (workspaceId, actionId) = id.Split(':', 2) is [var first, var second] ? (first, second.Length == 0 ? null : second) : (id, null);
        if (!WorkspaceId.IsOne(workspaceId)) throw new ArgumentException($"'{workspaceId}' is not the id of a workspace; no directory is touched.", nameof(id));
        Directory.CreateDirectory(settings.Paths.WorkspacesRoot, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var root = ConfinedRoot.Open(settings.Paths.WorkspacesRoot);
        if (await ExistsAsync(workspaceId, cancellationToken))
        {
            root.Make(workspaceId);
            // A purge may have committed and cleaned up between the look and the making.
            if (await ExistsAsync(workspaceId, cancellationToken))
            {
                await RecordAsync(workspaceId, actionId, "made", cancellationToken);
                return;
            }
        }
        root.Remove(workspaceId);
        RemoveBackups(workspaceId);
        await RecordAsync(workspaceId, actionId, "removed", cancellationToken);
    }

    // What its documents held before goes with it.
    private void RemoveBackups(string workspaceId)
    {
        if (!Directory.Exists(settings.Paths.Backups)) return;
        using var backups = ConfinedRoot.Open(settings.Paths.Backups);
        backups.Remove(workspaceId);
    }

    private async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await workspaces.VersionAsync(reader, id, cancellationToken) > 0;
    }

    private async Task RecordAsync(string id, string? actionId, string state, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var moved = await transaction.ExecuteAsync("""
            insert into workspace_directories (workspace_id, state, action_id, at) values (@id, @state, @actionId, hub_now())
            on conflict (workspace_id) do update set state = excluded.state, action_id = excluded.action_id, at = excluded.at
            where workspace_directories.state = 'made' and excluded.state = 'removed'
            """, new { id, state, actionId }, cancellationToken);
        if (moved == 0) return;
        var entry = new AuditEntry("tool.applied", "completed", AuditActor.System)
        {
            Tool = state == "made" ? "workspace.create" : "workspace.purge",
            ActionId = actionId,
            WorkspaceId = id,
            Data = new JsonObject { ["directory"] = state },
        };
        await audit.AppendAsync(transaction, entry, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogDone(logger, state, id);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Directory {State} for workspace {WorkspaceId}")]
    private static partial void LogDone(ILogger logger, string state, string workspaceId);
}

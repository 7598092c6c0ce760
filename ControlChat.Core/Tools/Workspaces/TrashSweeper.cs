using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>
/// Purges what lay in the trash until its purge date, which every delete announced and a person approved. It is the system's own
/// action: each on the record in its own transaction, none while a freeze stops it. Nobody can ask for it.
/// </summary>
internal sealed partial class TrashSweeper(HubDatabase database, WorkspaceStore workspaces, IAuditTrail audit, TimeProvider time, ILogger<TrashSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);
    private const string Tool = "workspace.purge";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <returns>How many were purged.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var purged = 0;
        foreach (var id in await DueAsync(cancellationToken))
        {
            if (await PurgeAsync(id, cancellationToken)) purged++;
        }
        return purged;
    }

    private async Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await workspaces.DueAsync(reader, cancellationToken);
    }

    private async Task<bool> PurgeAsync(string id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await FreezeStore.StoppingAsync(transaction, [Tool], [id], null, cancellationToken) is not null) return false;
        if (await workspaces.PurgeDueAsync(transaction, id, cancellationToken) is not { } gone) return false;
        await audit.AppendAsync(transaction, Entry(gone), cancellationToken);
        await transaction.AnnounceAsync(WorkspaceDirectories.Topic, WorkspaceDirectories.Order(id, null), cancellationToken);
        transaction.Hint(Topics.Stream("workspaces"), id);
        await transaction.CommitAsync(cancellationToken);
        LogPurged(logger, id);
        return true;
    }

    private static AuditEntry Entry(GoneWorkspace gone)
    {
        var before = new JsonObject { ["title"] = gone.Title, ["state"] = WorkspaceState.Trashed, ["tags"] = JsonNode.Parse(gone.Tags) };
        return new AuditEntry("tool.applied", "completed", AuditActor.System)
        {
            Tool = Tool,
            WorkspaceId = gone.Id,
            Data = new JsonObject
            {
                ["effects"] = JsonSerializer.SerializeToNode((Effect[])[new Effect("delete", WorkspaceResource.Of(gone.Id), null, before, null)], Json.Wire),
                ["purge_at"] = Timestamps.Format(gone.PurgeAt),
                ["summary"] = $"Purged {WorkspaceWords.Quote(gone.Title)}: its time in the trash was over",
            },
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Purged workspace {WorkspaceId}: its time in the trash was over")]
    private static partial void LogPurged(ILogger logger, string workspaceId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The trash could not be swept; trying again in an hour")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}

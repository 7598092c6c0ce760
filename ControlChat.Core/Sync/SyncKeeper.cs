using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sync;

/// <summary>
/// Carries approved runs out: takes each once, a few at a time, and puts how it ended on the record. What a process of the hub left
/// behind it ends when it starts again; another process ends it when it was not seen for long.
/// </summary>
public sealed partial class SyncKeeper : BackgroundService, IOutboxHandler
{
    /// <summary>The announcement of an order; the id is that of the action.</summary>
    public const string Order = "sync.run";

    /// <summary>After which another process takes a run for gone that its own does not speak of.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int AtOnce = 2;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Unclaimed = TimeSpan.FromSeconds(30);
    private readonly HubDatabase _database;
    private readonly SyncRunStore _runs;
    private readonly ISyncTransfer _transfer;
    private readonly SyncNode _node;
    private readonly IAuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly ILogger<SyncKeeper> _logger;
    private readonly SyncJob _job;
    private readonly SemaphoreSlim _room = new(AtOnce, AtOnce);
    private readonly ConcurrentDictionary<string, Task> _mine = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    public SyncKeeper(HubDatabase database, SyncConfigStore configs, SyncRunStore runs, SyncRules rules, ISyncTransfer transfer, SyncNode node, IAuditTrail audit, TimeProvider time, ILogger<SyncKeeper> logger)
    {
        (_database, _runs, _transfer, _node, _audit, _time, _logger) = (database, runs, transfer, node, audit, time, logger);
        _job = new SyncJob(database, configs, runs, rules, transfer, node.Name, time, logger);
    }

    string IOutboxHandler.Topic => Order;

    /// <summary>Takes a run, unless it is taken or over; comes back before it is done.</summary>
    public async Task HandleAsync(string id, CancellationToken cancellationToken)
    {
        if (_mine.ContainsKey(id)) return;
        SyncRun? run;
        await using (var transaction = await _database.BeginAsync(cancellationToken))
        {
            if (!await _runs.ClaimAsync(transaction, id, _node.Name, cancellationToken)) return;
            run = await _runs.OfActionAsync(transaction, id, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        Begin(run!);
    }

    /// <summary>Looks at every open run once: takes up those of this process that wait, ends those that were left.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        // The rows' times are the database's, so their age is too.
        var (open, now) = await OpenAsync(cancellationToken);
        foreach (var run in open)
        {
            if (_mine.ContainsKey(run.ActionId)) await LookAfterAsync(run, cancellationToken);
            else if (run.Node == _node.Name && run.State == SyncState.Queued) Begin(run);
            else if (run.Node == _node.Name) await EndAsync(run, Left("The hub was stopped in the middle of it."), cancellationToken);
            else if (run.Node is null)
            {
                // The announcement brings it at once; this is for one that was lost.
                if (now - run.CreatedAt > Unclaimed) await HandleAsync(run.ActionId, cancellationToken);
            }
            else if (now - (run.SeenAt ?? run.CreatedAt) > Patience) await EndAsync(run, Left("The process of the hub that ran it is gone."), cancellationToken);
        }
    }

    // One that waits for room says nothing by itself.
    private async Task LookAfterAsync(SyncRun run, CancellationToken cancellationToken)
    {
        if (run.State != SyncState.Queued) return;
        if (run.CancelledBy is not null)
        {
            await EndAsync(run, new SyncEnd(SyncState.Cancelled, null, null), cancellationToken);
            return;
        }
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _runs.SeeAsync(transaction, run.ActionId, _node.Name, new SyncProgress(0, 0, 0), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Waits until nothing runs here any more.</summary>
    public Task IdleAsync() => Task.WhenAll(_mine.Values);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _stop.CancelAsync();
        await IdleAsync();
    }

    public override void Dispose()
    {
        _room.Dispose();
        _stop.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        var begun = false;
        do
        {
            try
            {
                if (!begun) await EndLeftoversAsync(stoppingToken);
                begun = true;
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotLooked(_logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Even of a run that another process has ended meanwhile: it could not reach this machine.
    private async Task EndLeftoversAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        foreach (var action in await _runs.TakenByAsync(reader, _node.Name, cancellationToken))
        {
            if (!_mine.ContainsKey(action)) await _transfer.EndLeftoversAsync(action);
        }
    }

    private void Begin(SyncRun run)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_stop.IsCancellationRequested || !_mine.TryAdd(run.ActionId, begun.Task)) return;
        _ = Task.Run(async () =>
        {
            try
            {
                await CarryOutAsync(run);
            }
            catch (Exception e)
            {
                // The row stays open; looking at it again takes it up or ends it.
                LogNotEnded(_logger, e, run.WorkspaceId);
            }
            finally
            {
                _mine.TryRemove(run.ActionId, out _);
                begun.SetResult();
            }
        });
    }

    private async Task CarryOutAsync(SyncRun run)
    {
        try
        {
            await _room.WaitAsync(_stop.Token);
            try
            {
                if (await EndOfAsync(run) is { } end) await EndAsync(run, end, CancellationToken.None);
            }
            finally
            {
                _room.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // One that only waited is taken up after the start; what ran is over.
            if (await FindAsync(run) is { State: SyncState.Running } present) await EndAsync(present, Left("The hub was stopped in the middle of it."), CancellationToken.None);
        }
    }

    private async Task<SyncEnd?> EndOfAsync(SyncRun run)
    {
        try
        {
            // Somebody may have cancelled while it waited for room.
            return await FindAsync(run) is { CancelledBy: not null } ? new SyncEnd(SyncState.Cancelled, null, null) : await _job.RunAsync(run, _stop.Token);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
        {
            LogNotEnded(_logger, e, run.WorkspaceId);
            return new SyncEnd(SyncState.Failed, "The sync broke. The log has the details.", null);
        }
    }

    private async Task<SyncRun?> FindAsync(SyncRun run)
    {
        await using var reader = await _database.ReadAsync(CancellationToken.None);
        return await _runs.OfActionAsync(reader, run.ActionId, CancellationToken.None);
    }

    private async Task<(IReadOnlyList<SyncRun> Runs, DateTimeOffset Now)> OpenAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return (await _runs.OpenAsync(reader, cancellationToken), reader.Now);
    }

    private async Task EndAsync(SyncRun run, SyncEnd end, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (!await _runs.EndAsync(transaction, run, end, cancellationToken)) return;
        await _audit.AppendAsync(transaction, Entry(run, end), cancellationToken);
        transaction.Hint(SyncWords.Topic, run.WorkspaceId);
        await transaction.CommitAsync(cancellationToken);
        LogEnded(_logger, run.WorkspaceId, end.State);
    }

    private static SyncEnd Left(string why) => new(SyncState.Failed, $"{why} Some files may have been moved; ask for sync.run again, its plan shows what is left.", null);

    private static AuditEntry Entry(SyncRun run, SyncEnd end)
    {
        var (name, outcome) = end.State switch
        {
            SyncState.Completed => ("tool.applied", "completed"),
            SyncState.Cancelled => ("tool.failed", "cancelled"),
            _ => ("tool.failed", "failed"),
        };
        var entry = new AuditEntry(name, outcome, AuditActor.System)
        {
            Tool = "sync.run",
            ActionId = run.ActionId,
            WorkspaceId = run.WorkspaceId,
            Data = new JsonObject { ["sync"] = end.State, ["result"] = end.Result?.DeepClone() },
        };
        if (end.Error is not null) entry.Data["error"] = end.Error;
        return entry;
    }

    [LoggerMessage(1, LogLevel.Information, "The sync of {WorkspaceId} is {State}")]
    private static partial void LogEnded(ILogger logger, string workspaceId, string state);

    [LoggerMessage(2, LogLevel.Error, "The runs of syncs were not looked after; trying again")]
    private static partial void LogNotLooked(ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Error, "The sync of {WorkspaceId} did not end as it should")]
    private static partial void LogNotEnded(ILogger logger, Exception fault, string workspaceId);
}

/// <summary>Which process of the hub this is, for runs that live in it.</summary>
/// <param name="Name">The same after a restart, and no other process's.</param>
public sealed record SyncNode(string Name);

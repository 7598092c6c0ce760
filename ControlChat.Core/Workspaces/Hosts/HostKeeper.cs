using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>
/// Brings hosts in line with what was ordered: right after the commit, and again every few seconds, whatever happened in between.
/// It looks at what is, so a crash at any point is made good: a host that was started and not written down is taken over, one that died
/// shows failed, one that nobody wants is ended. What became of an order is on the record once.
/// </summary>
public sealed partial class HostKeeper(HubDatabase database, HostStore hosts, IHostDriver driver, HostNode node, IAuditTrail audit, TimeProvider time, ILogger<HostKeeper> logger) : BackgroundService, IOutboxHandler
{
    /// <summary>The announcement of an order.</summary>
    public const string Order = "workspace.host";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteSeenEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MostToStart = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _ones = new(StringComparer.Ordinal);

    string IOutboxHandler.Topic => Order;

    public static string OrderOf(string workspaceId, string actionId) => $"{workspaceId}:{actionId}";

    /// <summary>Carries one order out, unless a later one has taken its place.</summary>
    public async Task HandleAsync(string id, CancellationToken cancellationToken)
    {
        if (id.Split(':', 2) is not [var workspaceId, var actionId]) throw new ArgumentException($"'{id}' is no order of a host.", nameof(id));
        await AloneAsync(workspaceId, async (row, _) =>
        {
            if (row?.ActionId == actionId) await BringAsync(row, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Looks at every host once, at all of them at the same time: one that does not answer keeps no other waiting.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var open = await OpenAsync(cancellationToken);
        var running = await driver.ListAsync(cancellationToken);
        await Task.WhenAll(open.Select(r => r.WorkspaceId).Union(running.Select(r => r.WorkspaceId)).Select(id => TryLookAsync(id, running, cancellationToken)));
    }

    public override void Dispose()
    {
        foreach (var one in _ones.Values) one.Dispose();
        base.Dispose();
    }

    private async Task TryLookAsync(string workspaceId, IReadOnlyList<RunningHost> running, CancellationToken cancellationToken)
    {
        try
        {
            await AloneAsync(workspaceId, async (row, now) =>
            {
                // What was listed before may have given way to what is wanted now.
                if (HasUnwanted(running, workspaceId, row) && HasUnwanted(await driver.ListAsync(cancellationToken), workspaceId, row)) await EndUnwantedAsync(workspaceId, cancellationToken);
                if (row is { State: HostState.Starting or HostState.On or HostState.Stopping }) await LookAfterAsync(row, now, cancellationToken);
            }, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotBrought(logger, e, workspaceId);
        }
    }

    // One thing at a time is done about a host, by what its row says then and not before. The row's times are the database's, so its age is too.
    private async Task AloneAsync(string workspaceId, Func<HostRow?, DateTimeOffset, Task> work, CancellationToken cancellationToken)
    {
        var one = _ones.GetOrAdd(workspaceId, _ => new SemaphoreSlim(1, 1));
        await one.WaitAsync(cancellationToken);
        try
        {
            var (row, now) = await FindAsync(workspaceId, cancellationToken);
            await work(row, now);
        }
        finally
        {
            one.Release();
        }
    }

    // An order to stop has its own action, so the workspace alone decides there.
    private static bool HasUnwanted(IReadOnlyList<RunningHost> running, string workspaceId, HostRow? row) =>
        running.Any(h => h.WorkspaceId == workspaceId && row?.State switch
        {
            HostState.Starting or HostState.On => row.ActionId != h.ActionId,
            HostState.Stopping => false,
            _ => true,
        });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotLooked(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAfterAsync(HostRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (row.Node is not null && row.Node != node.Name)
        {
            // Hosts that nobody asks end by themselves, so what its hub has not seen for so long is gone.
            if (now - (row.SeenAt ?? row.ChangedAt) > HostNode.Patience) await EndAsync(row, HostState.Failed, "The process of the hub that looked after it is gone.", cancellationToken);
        }
        else if (row.State != HostState.On)
        {
            await TryAsync(row, now, cancellationToken);
        }
        else if (!await driver.AnswersAsync(row.WorkspaceId, row.ActionId, cancellationToken))
        {
            await StopRestAsync(row.WorkspaceId, cancellationToken);
            await EndAsync(row, HostState.Failed, "The host ended by itself.", cancellationToken);
        }
        else if (now - row.SeenAt > WriteSeenEvery)
        {
            await ClaimAsync(row, cancellationToken);
        }
    }

    private async Task TryAsync(HostRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await BringAsync(row, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HostFailedException)
        {
            LogNotBrought(logger, e, row.WorkspaceId);
            if (row.State == HostState.Starting && now - row.ChangedAt > MostToStart) await EndAsync(row, HostState.Failed, "The host could not be started in time.", cancellationToken);
        }
    }

    private async Task BringAsync(HostRow row, CancellationToken cancellationToken)
    {
        if (row.State is not (HostState.Starting or HostState.Stopping) || !await ClaimAsync(row, cancellationToken)) return;
        if (row.State == HostState.Stopping)
        {
            await driver.StopAsync(row.WorkspaceId, cancellationToken);
            await EndAsync(row, HostState.Off, null, cancellationToken);
            return;
        }
        try
        {
            await driver.StartAsync(new HostOrder(row.WorkspaceId, row.ActionId, row.Size), cancellationToken);
        }
        catch (HostFailedException e)
        {
            await EndAsync(row, HostState.Failed, e.Message, cancellationToken);
            return;
        }
        await EndAsync(row, HostState.On, null, cancellationToken);
    }

    private Task EndUnwantedAsync(string workspaceId, CancellationToken cancellationToken)
    {
        LogUnwanted(logger, workspaceId);
        return StopRestAsync(workspaceId, cancellationToken);
    }

    private async Task StopRestAsync(string workspaceId, CancellationToken cancellationToken)
    {
        try
        {
            await driver.StopAsync(workspaceId, cancellationToken);
        }
        catch (HostFailedException e)
        {
            LogNotBrought(logger, e, workspaceId);
        }
    }

    private async Task<(HostRow? Row, DateTimeOffset Now)> FindAsync(string workspaceId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return (await hosts.FindAsync(reader, workspaceId, cancellationToken), reader.Now);
    }

    private async Task<IReadOnlyList<HostRow>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await hosts.OpenAsync(reader, cancellationToken);
    }

    private async Task<bool> ClaimAsync(HostRow row, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await hosts.ClaimAsync(transaction, row, node.Name, cancellationToken)) return false;
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task EndAsync(HostRow row, string state, string? reason, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await hosts.MoveAsync(transaction, row, state, reason, cancellationToken)) return;
        await audit.AppendAsync(transaction, Entry(row, state, reason), cancellationToken);
        transaction.Hint(Topics.Stream("workspaces"), row.WorkspaceId);
        await transaction.CommitAsync(cancellationToken);
        LogState(logger, row.WorkspaceId, state, reason);
    }

    private static AuditEntry Entry(HostRow row, string state, string? reason)
    {
        var failed = state == HostState.Failed;
        var entry = new AuditEntry(failed ? "tool.failed" : "tool.applied", failed ? "failed" : "completed", AuditActor.System)
        {
            Tool = row.State == HostState.Stopping ? "workspace.stop_host" : "workspace.start_host",
            ActionId = row.ActionId,
            WorkspaceId = row.WorkspaceId,
            Data = new JsonObject { ["host"] = state, ["size"] = row.Size },
        };
        if (reason is not null) entry.Data["error"] = reason;
        return entry;
    }

    [LoggerMessage(1, LogLevel.Information, "The host of {WorkspaceId} is {State}. {Reason}")]
    private static partial void LogState(ILogger logger, string workspaceId, string state, string? reason);

    [LoggerMessage(2, LogLevel.Warning, "A host of {WorkspaceId} runs that nobody wants; it is stopped")]
    private static partial void LogUnwanted(ILogger logger, string workspaceId);

    [LoggerMessage(3, LogLevel.Warning, "The host of {WorkspaceId} is not as ordered yet; trying again")]
    private static partial void LogNotBrought(ILogger logger, Exception fault, string workspaceId);

    [LoggerMessage(4, LogLevel.Error, "The hosts were not looked after; trying again")]
    private static partial void LogNotLooked(ILogger logger, Exception fault);
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Bus;

/// <summary>
/// Sends what transactions announced: to the handler of the topic, else to the bus. A row is deleted when that is done, so
/// a crash repeats it; what fails is tried again later, then buried. Rows left by an earlier process are swept on start.
/// </summary>
internal sealed partial class Outbox : BackgroundService
{
    /// <summary>Tries of one row before it is buried in <c>dead_letters</c>.</summary>
    public const int MaxAttempts = 8;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    private readonly HubDatabase _database;
    private readonly IBus _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<Outbox> _logger;
    private readonly LateHints _hints;
    private readonly Dictionary<string, HandlerLane> _lanes;
    private readonly Channel<Announcement> _toBus = Channel.CreateUnbounded<Announcement>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    public Outbox(HubDatabase database, IBus bus, IEnumerable<IOutboxHandler> handlers, TimeProvider time, ILogger<Outbox> logger)
    {
        (_database, _bus, _time, _logger) = (database, bus, time, logger);
        _hints = new LateHints(bus, time, logger);
        _lanes = handlers.ToDictionary(h => h.Topic, h => new HandlerLane(h), StringComparer.Ordinal);
        // From here on, before the loops run, so that nothing committed during start waits for the sweep.
        database.Committed = Take;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = _lanes.Values.Select(lane => GuardAsync(token => RunLaneAsync(lane, token), stoppingToken)).ToList();
        loops.Add(GuardAsync(RunBusAsync, stoppingToken));
        loops.Add(GuardAsync(_hints.RunAsync, stoppingToken));
        loops.Add(GuardAsync(RunSweeperAsync, stoppingToken));
        await Task.WhenAll(loops);
    }

    // A loop that broke would be noticed by nobody, and its topic would stand still until the next start.
    private async Task GuardAsync(Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await loop(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogLoopBroke(_logger, e);
                await Task.WhenAny(Task.Delay(FirstBackoff, _time, cancellationToken));
            }
        }
    }

    private void Take(IReadOnlyList<Announcement> announcements)
    {
        foreach (var announcement in announcements)
        {
            if (announcement.OutboxId is null) _hints.Send(announcement);
            else Queue(announcement);
        }
    }

    private void Queue(Announcement announcement)
    {
        if (!_underWay.TryAdd(announcement.OutboxId!, true)) return;
        if (_lanes.TryGetValue(announcement.Topic, out var lane)) lane.Queue.Writer.TryWrite(announcement);
        else _toBus.Writer.TryWrite(announcement);
    }

    private async Task RunLaneAsync(HandlerLane lane, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var announcement in lane.Queue.Reader.ReadAllAsync(cancellationToken))
            {
                await HandleAsync(lane.Handler, announcement, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Rows stay; the next start sweeps them.
        }
    }

    private async Task HandleAsync(IOutboxHandler handler, Announcement announcement, CancellationToken cancellationToken)
    {
        try
        {
            await handler.HandleAsync(announcement.Id, cancellationToken);
            await DeleteAsync([announcement], cancellationToken);
            Forget(announcement);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            await PostponeAsync(announcement, e, cancellationToken);
        }
    }

    private async Task RunBusAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Announcement>();
        try
        {
            while (await _toBus.Reader.WaitToReadAsync(cancellationToken))
            {
                while (batch.Count < 100 && _toBus.Reader.TryRead(out var announcement)) batch.Add(announcement);
                await SendAsync(batch, cancellationToken);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As above.
        }
    }

    private async Task SendAsync(List<Announcement> batch, CancellationToken cancellationToken)
    {
        try
        {
            if (_bus is ITransactionalBus local) await MoveAsync(local, batch, cancellationToken);
            else await AppendAsync(batch, cancellationToken);
            batch.ForEach(Forget);
        }
        catch (HubUnavailableException e)
        {
            // Bus or database are away: nothing is wrong with the announcements, so that does not count as a try of theirs.
            LogBusAway(_logger, e);
            foreach (var announcement in batch) _ = RequeueAsync(announcement, FirstBackoff, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (var announcement in batch) await PostponeAsync(announcement, e, cancellationToken);
        }
    }

    private async Task MoveAsync(ITransactionalBus bus, List<Announcement> batch, CancellationToken cancellationToken)
    {
        await using (var transaction = await _database.BeginAsync(cancellationToken))
        {
            foreach (var announcement in batch)
            {
                await bus.AppendAsync(transaction, announcement.Topic, Message(announcement), cancellationToken);
                await DeleteAsync(transaction, announcement.OutboxId!, cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
        }
        foreach (var announcement in batch) bus.Committed(announcement.Topic);
    }

    private async Task AppendAsync(List<Announcement> batch, CancellationToken cancellationToken)
    {
        foreach (var announcement in batch) await _bus.AppendAsync(announcement.Topic, Message(announcement), cancellationToken);
        await DeleteAsync(batch, cancellationToken);
    }

    private async Task DeleteAsync(IReadOnlyList<Announcement> done, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        foreach (var announcement in done) await DeleteAsync(transaction, announcement.OutboxId!, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task<int> DeleteAsync(IHubTransaction transaction, string outboxId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from outbox where id = @outboxId", new { outboxId }, cancellationToken);

    private async Task PostponeAsync(Announcement announcement, Exception fault, CancellationToken cancellationToken)
    {
        try
        {
            var wait = await RecordFailureAsync(announcement, fault, cancellationToken);
            LogFailed(_logger, fault, announcement.Topic, announcement.Id, wait is null ? "not tried again" : "tried again");
            if (wait is { } pause) _ = RequeueAsync(announcement, pause, cancellationToken);
            else Forget(announcement);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever keeps the failure from being written down, the row is there and this process is still at it.
            if (e is not HubUnavailableException) LogFailed(_logger, e, announcement.Topic, announcement.Id, "not written down, tried again");
            _ = RequeueAsync(announcement, FirstBackoff, cancellationToken);
        }
    }

    /// <returns>How long to wait; null when it was buried, or somebody else was done with it.</returns>
    private async Task<TimeSpan?> RecordFailureAsync(Announcement announcement, Exception fault, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await transaction.FindAsync<int?>("select attempts from outbox where id = @OutboxId", announcement, cancellationToken) + 1 is not { } attempts) return null;
        var error = OneLine.Of(fault);
        var wait = FirstBackoff * Math.Pow(2, attempts - 1);
        if (attempts < MaxAttempts)
        {
            await transaction.ExecuteAsync(
                "update outbox set attempts = @attempts, next_at = @next, last_error = @error where id = @OutboxId",
                new { announcement.OutboxId, attempts, next = transaction.Now + wait, error }, cancellationToken);
        }
        else
        {
            await transaction.ExecuteAsync("""
                insert into dead_letters (id, topic, ref_id, failed_at, attempts, last_error)
                values (@OutboxId, @Topic, @Id, hub_now(), @attempts, @error) on conflict do nothing
                """, new { announcement.OutboxId, announcement.Topic, announcement.Id, attempts, error }, cancellationToken);
            await DeleteAsync(transaction, announcement.OutboxId!, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        if (attempts < MaxAttempts) return wait;
        Meters.DeadLettered(announcement.Topic);
        return null;
    }

    private async Task RequeueAsync(Announcement announcement, TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, _time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Forget(announcement);
        Queue(announcement);
    }

    private async Task RunSweeperAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepEvery, _time);
        try
        {
            await SweepAsync(TimeSpan.Zero, cancellationToken);
            // Later sweeps look for what another process left; what is fresh is being sent right now.
            while (await timer.WaitForNextTickAsync(cancellationToken)) await SweepAsync(SweepEvery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task SweepAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await _database.ReadAsync(cancellationToken);
            var rows = await reader.QueryAsync<Row>(
                "select id, topic, ref_id from outbox where next_at <= @due order by next_at, id limit 1000", new { due = reader.Now - age }, cancellationToken);
            foreach (var row in rows) Queue(new Announcement(row.Id, row.Topic, row.RefId));
        }
        catch (HubUnavailableException e)
        {
            LogNotSwept(_logger, e);
        }
    }

    private void Forget(Announcement announcement) => _underWay.TryRemove(announcement.OutboxId!, out _);

    // The message's id comes from the outbox row, so that a row sent twice is one message.
    private static BusMessage Message(Announcement announcement) =>
        new(Guid.Parse(announcement.OutboxId!.AsSpan("out_".Length), CultureInfo.InvariantCulture), Payload(announcement));

    internal static string Payload(Announcement announcement) => $$"""{"id":"{{announcement.Id}}"}""";

    private sealed record HandlerLane(IOutboxHandler Handler)
    {
        public Channel<Announcement> Queue { get; } = Channel.CreateUnbounded<Announcement>(new UnboundedChannelOptions { SingleReader = true });
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";
        public string Topic { get; init; } = "";
        public string RefId { get; init; } = "";
    }

    [LoggerMessage(1, LogLevel.Warning, "What was announced on {Topic} for {Id} failed: {Next}")]
    private static partial void LogFailed(ILogger logger, Exception fault, string topic, string id, string next);

    [LoggerMessage(2, LogLevel.Debug, "Announcements wait for the bus")]
    private static partial void LogBusAway(ILogger logger, Exception fault);

    [LoggerMessage(4, LogLevel.Error, "A loop of the outbox broke and begins again")]
    private static partial void LogLoopBroke(ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "The outbox was not swept")]
    private static partial void LogNotSwept(ILogger logger, Exception fault);
}

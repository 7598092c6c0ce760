using System.Globalization;
using System.Threading.Channels;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Bus;

/// <summary>
/// Sends what transactions announced: to the handler of the topic, else to the bus. A row is deleted when that is done, so
/// a crash repeats it; what fails is tried again later, then buried. What a process left when it ended, any other one takes over within seconds.
/// </summary>
internal sealed partial class Outbox : BackgroundService
{
    /// <summary>Tries of one row before it is buried in <c>dead_letters</c>.</summary>
    public const int MaxAttempts = 8;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    private readonly HubDatabase _database;
    private readonly IBus _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<Outbox> _logger;
    private readonly LateHints _hints;
    private readonly Dictionary<string, HandlerLane> _lanes;
    private readonly Channel<Announcement> _toBus = Channel.CreateUnbounded<Announcement>(new UnboundedChannelOptions { SingleReader = true });
    private readonly OutboxClaims _claims;

    public Outbox(HubDatabase database, IBus bus, IEnumerable<IOutboxHandler> handlers, TimeProvider time, ILogger<Outbox> logger)
    {
        (_database, _bus, _time, _logger) = (database, bus, time, logger);
        _hints = new LateHints(bus, time, logger);
        _claims = new OutboxClaims(database, time);
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
        if (!_claims.TryBegin(announcement)) return;
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
            if (await _claims.HoldsAsync(announcement, cancellationToken))
            {
                await handler.HandleAsync(announcement.Id, cancellationToken);
                await DeleteAsync([announcement], cancellationToken);
            }
            _claims.End(announcement);
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
            batch.ForEach(_claims.End);
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
                await _claims.DeleteAsync(transaction, announcement, cancellationToken);
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
        foreach (var announcement in done) await _claims.DeleteAsync(transaction, announcement, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task PostponeAsync(Announcement announcement, Exception fault, CancellationToken cancellationToken)
    {
        try
        {
            var again = await RecordFailureAsync(announcement, fault, cancellationToken);
            LogFailed(_logger, fault, announcement.Topic, announcement.Id, again ? "tried again" : "not tried again here");
        }
        catch (HubUnavailableException e)
        {
            // The row stays as it was: its claim runs out and the sweeper finds it.
            LogBusAway(_logger, e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // As above, whatever keeps the failure from being written down.
            LogFailed(_logger, e, announcement.Topic, announcement.Id, "not written down, tried again");
        }
        _claims.End(announcement);
    }

    /// <returns>False when it was buried, or another process is at it by now.</returns>
    private async Task<bool> RecordFailureAsync(Announcement announcement, Exception fault, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var error = OneLine.Of(fault);
        if (await _claims.FailAsync(transaction, announcement, error, cancellationToken) is not { } attempts) return false;
        if (attempts < MaxAttempts)
        {
            var next = transaction.Now + (FirstBackoff * Math.Pow(2, attempts - 1));
            await transaction.ExecuteAsync("update outbox set next_at = @next where id = @OutboxId", new { announcement.OutboxId, next }, cancellationToken);
        }
        else
        {
            await transaction.ExecuteAsync("""
                insert into dead_letters (id, topic, ref_id, failed_at, attempts, last_error)
                values (@OutboxId, @Topic, @Id, hub_now(), @attempts, @error) on conflict do nothing
                """, new { announcement.OutboxId, announcement.Topic, announcement.Id, attempts, error }, cancellationToken);
            await _claims.DeleteAsync(transaction, announcement, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        if (attempts < MaxAttempts) return true;
        Meters.DeadLettered(announcement.Topic);
        return false;
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
        _claims.End(announcement);
        Queue(announcement);
    }

    private async Task RunSweeperAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepEvery, _time);
        try
        {
            // A hub in a file has one process, so that at its start nobody else can be at work.
            await SweepAsync(alone: _database.IsOneProcess, cancellationToken);
            while (await timer.WaitForNextTickAsync(cancellationToken)) await SweepAsync(alone: false, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task SweepAsync(bool alone, CancellationToken cancellationToken)
    {
        try
        {
            await _claims.RenewAsync(cancellationToken);
            foreach (var left in await _claims.TakeAsync(alone, cancellationToken)) Queue(left);
        }
        catch (HubUnavailableException e)
        {
            LogNotSwept(_logger, e);
        }
    }

    // The message's id comes from the outbox row, so that a row sent twice is one message.
    private static BusMessage Message(Announcement announcement) =>
        new(Guid.Parse(announcement.OutboxId!.AsSpan("out_".Length), CultureInfo.InvariantCulture), Payload(announcement));

    internal static string Payload(Announcement announcement) => $$"""{"id":"{{announcement.Id}}"}""";

    private sealed record HandlerLane(IOutboxHandler Handler)
    {
        public Channel<Announcement> Queue { get; } = Channel.CreateUnbounded<Announcement>(new UnboundedChannelOptions { SingleReader = true });
    }

    [LoggerMessage(1, LogLevel.Warning, "What was announced on {Topic} for {Id} failed: {Next}")]
    private static partial void LogFailed(ILogger logger, Exception fault, string topic, string id, string next);

    [LoggerMessage(2, LogLevel.Debug, "Announcements wait for the bus or the database")]
    private static partial void LogBusAway(ILogger logger, Exception fault);

    [LoggerMessage(4, LogLevel.Error, "A loop of the outbox broke and begins again")]
    private static partial void LogLoopBroke(ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "The outbox was not swept")]
    private static partial void LogNotSwept(ILogger logger, Exception fault);
}

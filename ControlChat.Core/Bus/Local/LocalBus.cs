using System.Collections.Concurrent;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Bus.Local;

/// <summary>The bus of one process: kept topics in the hub's database, <c>stream:*</c> in memory.</summary>
internal sealed partial class LocalBus : IBus, ITransactionalBus, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);
    private readonly HubDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalBus> _logger;
    private readonly StreamTopics _streams;
    private readonly StoredTopics _stored;
    private readonly ConcurrentDictionary<(string Topic, string Group), ConsumerGroup> _groups = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _housekeeping;

    public LocalBus(HubDatabase database, TimeProvider time, ILogger<LocalBus> logger)
    {
        (_database, _time, _logger) = (database, time, logger);
        _streams = new StreamTopics(time);
        _stored = new StoredTopics(database, time);
        _housekeeping = KeepHouseAsync(_stop.Token);
    }

    public async Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken)
    {
        if (Topics.IsStream(topic)) return _streams.Append(topic, message);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var id = await StoredTopics.AppendAsync(transaction, topic, message, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _stored.Wake(topic);
        return id;
    }

    public async Task AppendAsync(IHubTransaction transaction, string topic, BusMessage message, CancellationToken cancellationToken)
    {
        if (Topics.IsStream(topic)) _streams.Append(topic, message);
        else await StoredTopics.AppendAsync(transaction, topic, message, cancellationToken);
    }

    public void Committed(string topic)
    {
        if (!Topics.IsStream(topic)) _stored.Wake(topic);
    }

    public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) =>
        Topics.IsStream(topic) ? _streams.Tail(topic, after, cancellationToken) : _stored.TailAsync(topic, after, cancellationToken);

    public async Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        if (Topics.IsStream(topic)) throw new ArgumentException("stream:* topics are tailed, not consumed", nameof(topic));
        var state = _groups.GetOrAdd((topic, group), key => new ConsumerGroup(_database, _stored, _time, key.Topic, key.Group));
        while (true)
        {
            if (await TryTakeAsync(state, cancellationToken) is not { } delivery) continue;
            await DeliverAsync(state, delivery, group, consumer, handler, cancellationToken);
        }
    }

    public async Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await DeadLetters.ListAsync(reader, topic, cancellationToken);
    }

    public async Task<long> CountDeadLettersAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await reader.FindAsync<long>("select count(*) from bus_dead_letters", null, cancellationToken);
    }

    public async Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await DeadLetters.TakeAsync(transaction, topic, group, entryId, cancellationToken) is not { } message) return false;
        await StoredTopics.AppendAsync(transaction, topic, message, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _stored.Wake(topic);
        return true;
    }

    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        using var second = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        second.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await using var reader = await _database.ReadAsync(second.Token);
            await reader.FindAsync<long>("select 1", null, second.Token);
            return true;
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _housekeeping;
        await FlushAsync(CancellationToken.None);
        foreach (var group in _groups.Values) group.Dispose();
        _streams.Dispose();
        _stop.Dispose();
    }

    /// <summary>Writes the positions of all groups. Happens every second and at the end; never needed for correctness.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var group in _groups.Values)
        {
            try
            {
                await group.FlushAsync(cancellationToken);
            }
            catch (Exception e) when (e is HubUnavailableException or ObjectDisposedException)
            {
                LogPositionNotWritten(_logger, e, group.Topic);
            }
        }
    }

    internal Task TrimAsync(CancellationToken cancellationToken) => _stored.TrimAsync(cancellationToken);

    private async Task<Delivery?> TryTakeAsync(ConsumerGroup state, CancellationToken cancellationToken)
    {
        try
        {
            return await state.TakeAsync(cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            LogNotRead(_logger, e, state.Topic);
            await Task.Delay(Pause, _time, cancellationToken);
            return null;
        }
    }

    private async Task DeliverAsync(
        ConsumerGroup state, Delivery delivery, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        try
        {
            await handler(delivery.Entry, cancellationToken);
            await state.AcknowledgeAsync(delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await state.ReturnAsync(delivery, TimeSpan.Zero);
            throw;
        }
        catch (Exception e)
        {
            var dead = await FailAsync(state, delivery, e, cancellationToken);
            LogFailed(_logger, e, consumer, group, delivery.Entry.Topic, delivery.Entry.EntryId, dead ? "dead letter" : "tried again");
        }
    }

    // With the database down the failure cannot be written: the entry stays undone and comes again.
    private static async Task<bool> FailAsync(ConsumerGroup state, Delivery delivery, Exception fault, CancellationToken cancellationToken)
    {
        try
        {
            return await state.FailAsync(delivery, OneLine.Of(fault), cancellationToken);
        }
        catch (HubUnavailableException)
        {
            await state.ReturnAsync(delivery, Pause);
            return false;
        }
    }

    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(FlushEvery, _time);
        var trimmed = _time.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await FlushAsync(cancellationToken);
                if (_time.GetUtcNow() - trimmed < TrimEvery) continue;
                trimmed = _time.GetUtcNow();
                await TryTrimAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task TryTrimAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TrimAsync(cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            LogNotTrimmed(_logger, e);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Consumer} of {Group} failed on {Topic} entry {EntryId}: {Next}")]
    private static partial void LogFailed(ILogger logger, Exception fault, string consumer, string group, string topic, string entryId, string next);

    [LoggerMessage(2, LogLevel.Warning, "The position in {Topic} was not written; entries may be delivered again after a restart")]
    private static partial void LogPositionNotWritten(ILogger logger, Exception fault, string topic);

    [LoggerMessage(3, LogLevel.Warning, "The bus was not trimmed")]
    private static partial void LogNotTrimmed(ILogger logger, Exception fault);

    [LoggerMessage(4, LogLevel.Warning, "{Topic} could not be read")]
    private static partial void LogNotRead(ILogger logger, Exception fault, string topic);
}

using System.Globalization;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Bus.Local;

/// <summary>
/// What one group of consumers has taken and acknowledged of one topic. One process serves a local bus, so taking is memory;
/// the position is written behind (an entry may come twice after a crash), a failed delivery at once.
/// </summary>
internal sealed class ConsumerGroup(HubDatabase database, StoredTopics topics, TimeProvider time, string topic, string name) : IDisposable
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Queue<BusEntry> _ready = new();
    private readonly SortedSet<long> _taken = [];
    private readonly PriorityQueue<Delivery, DateTimeOffset> _retries = new();

    // Past the stored position, and not to be read again: they wait for another try, or are buried.
    private readonly HashSet<long> _refused = [];
    private bool _loaded;
    private long _read;
    private long _stored;

    public string Topic => topic;

    /// <summary>The next delivery that is due; waits for one.</summary>
    public async Task<Delivery> TakeAsync(CancellationToken cancellationToken)
    {
        var signal = topics.SignalOf(topic);
        while (true)
        {
            var seen = signal.Version;
            var (delivery, due) = await TryTakeAsync(cancellationToken);
            if (delivery is not null) return delivery;
            if (due is null) await signal.WaitAsync(seen, cancellationToken);
            else await WaitAsync(signal, seen, due.Value, cancellationToken);
        }
    }

    public async Task AcknowledgeAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _taken.Remove(delivery.Number);
        }
        finally
        {
            _gate.Release();
        }
        if (delivery.Attempts == 0) return;
        await using var transaction = await database.BeginAsync(cancellationToken);
        await DeleteRetryAsync(transaction, delivery, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <returns>True when that was the last try.</returns>
    public async Task<bool> FailAsync(Delivery delivery, string error, CancellationToken cancellationToken)
    {
        var failed = delivery with { Attempts = delivery.Attempts + 1 };
        var dead = failed.Attempts >= IBus.MaxDeliveries;
        var due = time.GetUtcNow() + FirstBackoff * Math.Pow(2, failed.Attempts - 1);
        await using (var transaction = await database.BeginAsync(cancellationToken))
        {
            if (dead) await BuryAsync(transaction, failed, error, cancellationToken);
            else await StoreRetryAsync(transaction, failed, due, error, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _taken.Remove(delivery.Number);
            if (!dead) _retries.Enqueue(failed, due);
        }
        finally
        {
            _gate.Release();
        }
        topics.Wake(topic);
        return dead;
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>A delivery that was interrupted, not refused: it comes again after <paramref name="pause"/>.</summary>
    public async Task ReturnAsync(Delivery delivery, TimeSpan pause)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            _taken.Remove(delivery.Number);
            _retries.Enqueue(delivery, time.GetUtcNow() + pause);
        }
        finally
        {
            _gate.Release();
        }
        topics.Wake(topic);
    }

    /// <summary>Writes the position when it moved.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var position = Position();
            if (!_loaded || position <= _stored) return;
            await using var transaction = await database.BeginAsync(cancellationToken);
            await transaction.ExecuteAsync("""
                insert into bus_groups (topic, group_name, position) values (@topic, @name, @position)
                on conflict (topic, group_name) do update set position = excluded.position
                """, new { topic, name, position }, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            _stored = position;
        }
        finally
        {
            _gate.Release();
        }
    }

    // Everything read is done except what is ready or taken; an interrupted first delivery must come again after a restart too.
    private long Position()
    {
        var open = _taken.Count > 0 ? _taken.Min : long.MaxValue;
        if (_ready.TryPeek(out var next)) open = Math.Min(open, Number(next));
        foreach (var (retry, _) in _retries.UnorderedItems)
            if (retry.Attempts == 0) open = Math.Min(open, retry.Number);
        return open == long.MaxValue ? _read : open - 1;
    }

    private async Task<(Delivery? Delivery, DateTimeOffset? Due)> TryTakeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_loaded) await LoadAsync(cancellationToken);
            if (_retries.TryPeek(out var retry, out var due) && due <= time.GetUtcNow())
            {
                _retries.Dequeue();
                _taken.Add(retry.Number);
                return (retry, null);
            }
            await ReadAsync(cancellationToken);
            if (!_ready.TryDequeue(out var entry)) return (null, retry is null ? null : due);
            _taken.Add(Number(entry));
            return (new Delivery(entry, Number(entry), 0), null);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (_ready.Count == 0 && await topics.ReadAsync(topic, _read, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries)
            {
                _read = Number(entry);
                if (!_refused.Remove(_read)) _ready.Enqueue(entry);
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        _stored = _read = await reader.FindAsync<long?>(
            "select position from bus_groups where topic = @topic and group_name = @name", new { topic, name }, cancellationToken) ?? 0;
        var retries = await reader.QueryAsync<RetryRow>("""
            select e.id, e.message_id, e.payload, r.attempts, r.next_at from bus_retries r join bus_entries e on e.id = r.entry_id
            where r.topic = @topic and r.group_name = @name
            """, new { topic, name }, cancellationToken);
        foreach (var row in retries)
        {
            var entry = new StoredTopics.EntryRow { Id = row.Id, MessageId = row.MessageId, Payload = row.Payload }.ToEntry(topic);
            _retries.Enqueue(new Delivery(entry, row.Id, row.Attempts), row.NextAt);
        }
        _refused.UnionWith(await reader.QueryAsync<long>("""
            select entry_id from bus_retries where topic = @topic and group_name = @name and entry_id > @_read
            union all select entry_id from bus_dead_letters where topic = @topic and group_name = @name and entry_id > @_read
            """, new { topic, name, _read }, cancellationToken));
        _loaded = true;
    }

    private async Task WaitAsync(Signal signal, long seen, DateTimeOffset due, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = due - time.GetUtcNow();
        var elapsed = Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, timer.Token);
        await Task.WhenAny(elapsed, signal.WaitAsync(seen, timer.Token));
        await timer.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private Task<int> StoreRetryAsync(IHubTransaction transaction, Delivery failed, DateTimeOffset due, string error, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("""
            insert into bus_retries (topic, group_name, entry_id, attempts, next_at, last_error) values (@topic, @name, @Number, @Attempts, @due, @error)
            on conflict (topic, group_name, entry_id) do update set attempts = excluded.attempts, next_at = excluded.next_at, last_error = excluded.last_error
            """, new { topic, name, failed.Number, failed.Attempts, due, error }, cancellationToken);

    private async Task BuryAsync(IHubTransaction transaction, Delivery failed, string error, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("""
            insert into bus_dead_letters (topic, group_name, entry_id, message_id, payload, attempts, failed_at, last_error)
            values (@topic, @name, @Number, @messageId, @Payload, @Attempts, hub_now(), @error) on conflict do nothing
            """, new { topic, name, failed.Number, messageId = failed.Entry.Message.Id.ToString("d"), failed.Entry.Message.Payload, failed.Attempts, error }, cancellationToken);
        await DeleteRetryAsync(transaction, failed, cancellationToken);
        Meters.DeadLettered(topic);
    }

    private Task<int> DeleteRetryAsync(IHubTransaction transaction, Delivery delivery, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from bus_retries where topic = @topic and group_name = @name and entry_id = @Number",
            new { topic, name, delivery.Number }, cancellationToken);

    private static long Number(BusEntry entry) => long.Parse(entry.EntryId, CultureInfo.InvariantCulture);

    private sealed record RetryRow
    {
        public long Id { get; init; }
        public string MessageId { get; init; } = "";
        public string Payload { get; init; } = "";
        public int Attempts { get; init; }
        public DateTimeOffset NextAt { get; init; }
    }
}

/// <param name="Attempts">Deliveries that failed before this one.</param>
internal sealed record Delivery(BusEntry Entry, long Number, int Attempts);

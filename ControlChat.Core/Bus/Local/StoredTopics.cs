using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus.Local;

/// <summary>The kept topics: rows in the hub's database, and a signal per topic so that nobody polls.</summary>
internal sealed class StoredTopics(HubDatabase database, TimeProvider time)
{
    /// <summary>Entries kept for late readers, whatever their age; older ones go when every group is past them.</summary>
    public const int KeptLength = 10_000;

    /// <summary>What every group is past is kept this long for late readers.</summary>
    public static readonly TimeSpan KeptAge = TimeSpan.FromDays(1);

    private const int Batch = 256;
    private readonly ConcurrentDictionary<string, Signal> _signals = new(StringComparer.Ordinal);

    public Signal SignalOf(string topic) => _signals.GetOrAdd(topic, static _ => new Signal());

    /// <summary>Inserts in the caller's transaction; call <see cref="Wake"/> after its commit.</summary>
    public static async Task<string> AppendAsync(IHubTransaction transaction, string topic, BusMessage message, CancellationToken cancellationToken)
    {
        var id = await transaction.FindAsync<long>(
            "insert into bus_entries (topic, message_id, payload, at) values (@topic, @id, @payload, hub_now()) returning id",
            new { topic, id = message.Id.ToString("d"), payload = message.Payload }, cancellationToken);
        return id.ToString(CultureInfo.InvariantCulture);
    }

    public void Wake(string topic) => SignalOf(topic).Raise();

    public async Task<IReadOnlyList<BusEntry>> ReadAsync(string topic, long after, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await ReadAsync(reader, topic, after, cancellationToken);
    }

    public async IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var signal = SignalOf(topic);
        var cursor = await CursorAsync(topic, after, cancellationToken);
        while (true)
        {
            var seen = signal.Version;
            var entries = await ReadAfterGapCheckAsync(topic, cursor, cancellationToken);
            foreach (var entry in entries)
            {
                cursor = long.Parse(entry.EntryId, CultureInfo.InvariantCulture);
                yield return entry;
            }
            if (entries.Count == 0) await signal.WaitAsync(seen, cancellationToken);
        }
    }

    /// <summary>Removes what every group is past and is old or too much. Topics without a group go by age and length alone.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var topics = await transaction.QueryAsync<string>("select distinct topic from bus_entries", null, cancellationToken);
        foreach (var topic in topics) await TrimAsync(transaction, topic, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task TrimAsync(IHubTransaction transaction, string topic, CancellationToken cancellationToken)
    {
        var place = (await transaction.FindAsync<TrimRow>("""
            select (select min(g.position) from bus_groups g where g.topic = @topic) as passed,
              (select max(id) from bus_entries where topic = @topic) as last,
              (select max(id) from bus_entries where topic = @topic and at < @before) as aged,
              (select min(id) - 1 from (select id from bus_entries where topic = @topic order by id desc limit @kept) newest) as crowded
            """, new { topic, kept = KeptLength, before = time.GetUtcNow() - KeptAge }, cancellationToken))!;
        var to = Math.Min(place.Passed ?? place.Last ?? 0, Math.Max(place.Aged ?? 0, place.Crowded ?? 0));
        if (to <= 0) return;
        // A failed delivery still needs its entry.
        var removed = await transaction.ExecuteAsync(
            "delete from bus_entries where topic = @topic and id <= @to and not exists (select 1 from bus_retries r where r.topic = @topic and r.entry_id = bus_entries.id)",
            new { topic, to }, cancellationToken);
        if (removed == 0) return;
        await transaction.ExecuteAsync(
            "insert into bus_trims (topic, trimmed_to) values (@topic, @to) on conflict (topic) do update set trimmed_to = excluded.trimmed_to",
            new { topic, to }, cancellationToken);
    }

    private async Task<IReadOnlyList<BusEntry>> ReadAfterGapCheckAsync(string topic, long cursor, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var trimmed = await reader.FindAsync<long?>("select trimmed_to from bus_trims where topic = @topic", new { topic }, cancellationToken);
        if (cursor > 0 && cursor < trimmed) throw new BusGapException($"Entries of {topic} up to {trimmed} are gone.");
        return await ReadAsync(reader, topic, cursor, cancellationToken);
    }

    private static async Task<IReadOnlyList<BusEntry>> ReadAsync(IHubReader reader, string topic, long after, CancellationToken cancellationToken)
    {
        var rows = await reader.QueryAsync<EntryRow>(
            "select id, message_id, payload from bus_entries where topic = @topic and id > @after order by id limit @limit",
            new { topic, after, limit = Batch }, cancellationToken);
        return [.. rows.Select(r => r.ToEntry(topic))];
    }

    private async Task<long> CursorAsync(string topic, string? after, CancellationToken cancellationToken)
    {
        if (after is null) return await LastAsync(topic, cancellationToken);
        if (!Guid.TryParseExact(after, "d", out var message)) return long.Parse(after, CultureInfo.InvariantCulture);
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.FindAsync<long?>("select max(id) from bus_entries where topic = @topic and message_id = @id", new { topic, id = message.ToString("d") }, cancellationToken)
            ?? throw new BusGapException($"Message {message} of {topic} is gone.");
    }

    private async Task<long> LastAsync(string topic, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.FindAsync<long?>("select max(id) from bus_entries where topic = @topic", new { topic }, cancellationToken) ?? 0;
    }

    private sealed record TrimRow
    {
        /// <summary>Every group is past it; null without a group.</summary>
        public long? Passed { get; init; }
        public long? Last { get; init; }
        public long? Aged { get; init; }
        public long? Crowded { get; init; }
    }

    internal sealed record EntryRow
    {
        public long Id { get; init; }
        public string MessageId { get; init; } = "";
        public string Payload { get; init; } = "";

        public BusEntry ToEntry(string topic) => new(topic, Id.ToString(CultureInfo.InvariantCulture), new BusMessage(Guid.Parse(MessageId), Payload));
    }
}

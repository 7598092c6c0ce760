using System.Collections.Concurrent;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

/// <summary>
/// Which announcements are this process's to carry out. Its own from the commit on, for a moment; then by a claim that it renews while it
/// is at it. Whoever stands still longer than a claim lasts has lost it: the row answers that, by the database's time, not a clock of ours.
/// </summary>
internal sealed class OutboxClaims(HubDatabase database, TimeProvider time)
{
    /// <summary>How long a process is believed to be at it without a sign.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private const int Batch = 500;
    private static readonly TimeSpan Fresh = Announcement.OwnTime / 2;
    private readonly string _owner = Ids.New("snd");
    private readonly ConcurrentDictionary<string, long> _underWay = new(StringComparer.Ordinal);

    /// <summary>False when this process is at it already.</summary>
    public bool TryBegin(Announcement announcement) => _underWay.TryAdd(announcement.OutboxId!, time.GetTimestamp());

    public void End(Announcement announcement) => _underWay.TryRemove(announcement.OutboxId!, out _);

    /// <summary>Whether it is still this process's; asked before anything is done for it.</summary>
    /// <exception cref="HubUnavailableException">The database is away.</exception>
    public async Task<bool> HoldsAsync(Announcement announcement, CancellationToken cancellationToken)
    {
        if (_underWay.TryGetValue(announcement.OutboxId!, out var since) && time.GetElapsedTime(since) < Fresh) return true;
        return (await ClaimAsync([announcement.OutboxId!], cancellationToken)).Count == 1;
    }

    /// <summary>Renews the claims on what takes longer.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        var slow = _underWay.Where(u => time.GetElapsedTime(u.Value) >= Fresh).Select(u => u.Key).ToList();
        foreach (var part in slow.Chunk(Batch)) await ClaimAsync(part, cancellationToken);
    }

    /// <summary>Takes what nobody is at: left by a process that ended, or waiting for its next try.</summary>
    /// <param name="alone">No other process can be at work, so that nothing is waited for.</param>
    public async Task<IReadOnlyList<Announcement>> TakeAsync(bool alone, CancellationToken cancellationToken)
    {
        const string Due = "select id from outbox where next_at <= @due order by next_at, id limit @Batch";
        var grace = alone ? Announcement.OwnTime : TimeSpan.Zero;
        await using (var reader = await database.ReadAsync(cancellationToken))
            if (await reader.FindAsync<string>(Due, new { due = reader.Now + grace, Batch }, cancellationToken) is null) return [];
        await using var transaction = await database.BeginAsync(cancellationToken);
        var taken = await transaction.QueryAsync<Row>(
            $"update outbox set owner = @_owner, next_at = @until where id in ({Due}) returning id, topic, ref_id",
            new { _owner, until = transaction.Now + Lease, due = transaction.Now + grace, Batch }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. taken.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new Announcement(r.Id, r.Topic, r.RefId))];
    }

    /// <summary>It is done; a row that another process has taken over stays that one's.</summary>
    public Task<int> DeleteAsync(IHubTransaction transaction, Announcement done, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from outbox where id = @OutboxId and (owner is null or owner = @_owner)", new { done.OutboxId, _owner }, cancellationToken);

    /// <summary>It failed: anyone may try again from then on.</summary>
    /// <returns>How often it failed by now; null when it is another process's by now.</returns>
    public Task<int?> FailAsync(IHubTransaction transaction, Announcement failed, string error, CancellationToken cancellationToken) =>
        transaction.FindAsync<int?>(
            "update outbox set attempts = attempts + 1, last_error = @error, owner = null where id = @OutboxId and (owner is null or owner = @_owner) returning attempts",
            new { failed.OutboxId, _owner, error }, cancellationToken);

    private async Task<IReadOnlyList<string>> ClaimAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var at = time.GetTimestamp();
        await using var transaction = await database.BeginAsync(cancellationToken);
        var ours = await transaction.QueryAsync<string>(
            "update outbox set owner = @_owner, next_at = @until where id in (" + transaction.Dialect.TextsOf("@ids") + ") and (owner is null or owner = @_owner or next_at <= @now) returning id",
            new { _owner, until = transaction.Now + Lease, now = transaction.Now, ids = Json.Write(ids) }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var id in ours)
            if (_underWay.TryGetValue(id, out var before)) _underWay.TryUpdate(id, at, before);
        return ours;
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";
        public string Topic { get; init; } = "";
        public string RefId { get; init; } = "";
    }
}

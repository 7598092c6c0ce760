using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Webhooks;

/// <summary>Turns rows of the record into deliveries: each row once for each endpoint that wants it, over restarts and however many processes look.</summary>
internal sealed class WebhookFeed(HubDatabase database, WebhookEndpoints endpoints, WebhookStore store)
{
    private const int Batch = 100;
    private readonly AuditStore _record = new();

    /// <summary>New endpoints begin here.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        foreach (var endpoint in endpoints.All) await store.BeginAsync(transaction, endpoint.Name, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <returns>Whether there may be more at once.</returns>
    public async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        var more = false;
        foreach (var (endpoint, from, rows) in await NewsAsync(cancellationToken))
        {
            await using var transaction = await database.BeginAsync(cancellationToken);
            if (!await store.FollowedAsync(transaction, endpoint.Name, from, rows[^1].Seq, cancellationToken)) continue;
            foreach (var row in rows.Where(r => endpoint.Wants(r.Event)))
                await store.AddAsync(transaction, endpoint.Name, row.Event, row.Id, row.At, RecordedEvent.Data(row), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            more |= rows.Count == Batch;
        }
        return more;
    }

    private async Task<List<(WebhookEndpoint Endpoint, long From, IReadOnlyList<AuditRow> Rows)>> NewsAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var states = await store.ListAsync(reader, cancellationToken);
        var last = await reader.FindAsync<long?>("select max(seq) from audit", null, cancellationToken) ?? 0;
        var news = new List<(WebhookEndpoint, long, IReadOnlyList<AuditRow>)>();
        foreach (var state in states.Where(s => s.AuditSeq < last))
        {
            if (endpoints.Find(state.Name) is not { } endpoint) continue;
            var rows = await _record.WindowAsync(reader, new AuditFilter(), state.AuditSeq, state.AuditSeq + Batch, cancellationToken);
            if (rows.Count > 0) news.Add((endpoint, state.AuditSeq, [.. rows.Select(AuditRow.Of)]));
        }
        return news;
    }
}

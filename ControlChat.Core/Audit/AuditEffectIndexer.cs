using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>
/// Keeps the table of changes: new rows as they come, then older ones, so that a record that is older than the table is taken in from its
/// newest row down while the newest changes are found at once. Many rows in one transaction; the index of another process is gone on with.
/// </summary>
internal sealed class AuditEffectIndexer(HubDatabase database)
{
    public const int Batch = 200;

    /// <summary>How long it rests between two bites of old rows, in lengths of a bite.</summary>
    public const int Rests = 3;

    private const string InsertSql = "insert into audit_effects (resource, field, seq) values (@Resource, @Field, @Seq) on conflict do nothing";

    // In one round trip.
    private const string InsertAllSql =
        """
        insert into audit_effects (resource, field, seq) select resource, field, seq
        from json_to_recordset(cast(@rows as json)) as r (resource text, field text, seq bigint) on conflict do nothing
        """;

    private bool _whole;

    /// <returns>How many rows were taken in.</returns>
    public async Task<int> NewerAsync(CancellationToken cancellationToken)
    {
        var (span, rows) = await NextAsync(
            "select seq, body from audit where seq > @To order by seq limit @Batch", cancellationToken);
        if (span is null) return await BeginAsync(cancellationToken);
        return rows.Count == 0 ? 0 : await TakeInAsync(span, span with { To = rows[^1].Seq }, rows, cancellationToken);
    }

    /// <returns>How many rows were taken in; 0 when the first row of the record is.</returns>
    public async Task<int> OlderAsync(CancellationToken cancellationToken)
    {
        if (_whole) return 0;
        var (span, rows) = await NextAsync("select seq, body from audit where seq < @From order by seq desc limit @Batch", cancellationToken);
        if (span is null) return 0;
        _whole = rows.Count == 0;
        return _whole ? 0 : await TakeInAsync(span, span with { From = rows[^1].Seq }, rows, cancellationToken);
    }

    private async Task<(EffectSpan? Span, IReadOnlyList<StoredRow> Rows)> NextAsync(string sql, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await EffectSpan.FindAsync(reader, cancellationToken) is { } span
            ? (span, await reader.QueryAsync<StoredRow>(sql, new { span.From, span.To, Batch }, cancellationToken)) : (null, []);
    }

    // It begins behind the last row: new ones go up from there, old ones down.
    private async Task<int> BeginAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await EffectSpan.FindAsync(transaction, cancellationToken) is not null) return 0;
        var last = await AuditIndex.LastAsync(transaction, cancellationToken);
        await new EffectSpan(last + 1, last).WriteAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return 0;
    }

    private async Task<int> TakeInAsync(EffectSpan before, EffectSpan after, IReadOnlyList<StoredRow> rows, CancellationToken cancellationToken)
    {
        // Before the transaction: others wait for it.
        var keys = rows.SelectMany(row => RecordedEffect.Of(row).SelectMany(EffectKey.Of).Distinct().Select(key => new { key.Resource, key.Field, row.Seq })).ToList();
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await EffectSpan.FindAsync(transaction, cancellationToken) != before) return 0;
        if (keys.Count > 0 && transaction.Dialect == SqlDialect.Sqlite) await transaction.ExecuteAsync(InsertSql, keys, cancellationToken);
        else if (keys.Count > 0) await transaction.ExecuteAsync(InsertAllSql, new { rows = Json.Write(keys) }, cancellationToken);
        await after.WriteAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows.Count;
    }
}

/// <summary>The rows that the table of changes holds: from the one to the other, both of them too.</summary>
internal sealed record EffectSpan(long From, long To)
{
    private const string Name = "audit_effects";

    /// <summary>Null before the indexer began.</summary>
    public static async Task<EffectSpan?> FindAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select value from hub_facts where name = @Name", new { Name }, cancellationToken) is { } text && text.Split(' ') is [var from, var to]
            ? new EffectSpan(Number(from), Number(to)) : null;

    public Task WriteAsync(IHubTransaction transaction, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        "insert into hub_facts (name, value) values (@Name, @value) on conflict (name) do update set value = excluded.value", new { Name, value = FormattableString.Invariant($"{From} {To}") }, cancellationToken);

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

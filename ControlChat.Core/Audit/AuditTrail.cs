using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Appends rows to the chain in the caller's transaction, which is also the chain's lock.</summary>
internal sealed class AuditTrail : IAuditTrail
{
    private const string InsertSql = "insert into audit (seq, body, prev_hash, body_hash, hash) values (@Seq, @Body, @PrevHash, @BodyHash, @Hash)";

    // In one round trip; the trigger sees the rows before each one, as they are inserted in this order.
    private const string InsertAllSql =
        """
        insert into audit (seq, body, prev_hash, body_hash, hash) select seq, body, prev_hash, body_hash, hash
        from json_to_recordset(cast(@rows as json)) as r (seq bigint, body text, prev_hash text, body_hash text, hash text) order by seq
        """;

    private const string HeadSql =
        """
        select coalesce(a.seq, 0) as seq, coalesce(a.hash, '') as hash, coalesce(a.at, '') as at, coalesce(cast(f.value as integer), 1) as policy_version
        from (select 1 as one) o left join (select seq, hash, at from audit order by seq desc limit 1) a on true
        left join hub_facts f on f.name = 'policy_version'
        """;

    private readonly AuditPulse _pulse;
    private readonly GroupCommit _alone;

    public AuditTrail(HubDatabase database, AuditPulse pulse)
    {
        _pulse = pulse;
        _alone = new GroupCommit(entries => WriteAsync(database, entries));
    }

    public async Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken)
    {
        CheckEvents([entry]);
        var head = await transaction.FindAsync<Head>(HeadSql, null, cancellationToken);
        var rows = await ChainAsync(transaction, [entry], head!, cancellationToken);
        await transaction.ExecuteAsync(InsertSql, rows[0], cancellationToken);
        return rows[0].Seq;
    }

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken) => _alone.AppendAsync(entry, cancellationToken);

    private async Task<IReadOnlyList<long>> WriteAsync(HubDatabase database, IReadOnlyList<AuditEntry> entries)
    {
        CheckEvents(entries);
        var (transaction, head) = await database.BeginAsync<Head>(HeadSql, CancellationToken.None);
        await using (transaction)
        {
            var rows = await ChainAsync(transaction, entries, head!, CancellationToken.None);
            await CommitAsync(transaction, rows);
            return [.. rows.Select(r => r.Seq)];
        }
    }

    private static async Task CommitAsync(IHubTransaction transaction, List<StoredRow> rows)
    {
        if (rows is [var row])
        {
            await transaction.CommitAsync(InsertSql, new Dictionary<string, object>
            {
                [nameof(row.Seq)] = row.Seq,
                [nameof(row.Body)] = row.Body,
                [nameof(row.PrevHash)] = row.PrevHash,
                [nameof(row.BodyHash)] = row.BodyHash,
                [nameof(row.Hash)] = row.Hash,
            }, CancellationToken.None);
            return;
        }
        if (transaction.Dialect == SqlDialect.Postgres)
        {
            var all = Json.Write(rows.Select(r => new { r.Seq, r.Body, r.PrevHash, r.BodyHash, r.Hash }));
            await transaction.CommitAsync(InsertAllSql, new Dictionary<string, object> { ["rows"] = all }, CancellationToken.None);
            return;
        }
        await transaction.ExecuteAsync(InsertSql, rows, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private static void CheckEvents(IReadOnlyList<AuditEntry> entries)
    {
        if (entries.FirstOrDefault(e => !AuditEvents.IsKnown(e.Event)) is { } stranger)
            throw new ArgumentException($"'{stranger.Event}' is not an event of the record; see AuditEvents.", nameof(entries));
    }

    /// <returns>The rows as the caller is to insert them; all else that goes with them is done.</returns>
    private async Task<List<StoredRow>> ChainAsync(IHubTransaction transaction, IReadOnlyList<AuditEntry> entries, Head head, CancellationToken cancellationToken)
    {
        var rows = Chained(entries, head, transaction.Now);
        if (string.CompareOrdinal(Timestamps.Format(transaction.Now), head.At) < 0) await NoteClockStepAsync(transaction, rows[0].Seq, cancellationToken);
        foreach (var row in rows)
        {
            transaction.Hint(Topics.Stream("audit"), row.Seq.ToString(CultureInfo.InvariantCulture));
            _pulse.RowAppended(row.Seq);
        }
        return rows;
    }

    private static List<StoredRow> Chained(IReadOnlyList<AuditEntry> entries, Head head, DateTimeOffset now)
    {
        var rows = new List<StoredRow>(entries.Count);
        var (seq, hash) = (head.Seq, head.Seq == 0 ? AuditChain.Start : head.Hash);
        foreach (var entry in entries)
        {
            var body = AuditBody.Write(entry, Ids.New("aud"), now, head.PolicyVersion);
            var row = new StoredRow { Seq = ++seq, Body = body, PrevHash = hash, BodyHash = CanonicalJson.Hash(body) };
            rows.Add(row with { Hash = hash = AuditChain.Hash(hash, seq, row.BodyHash) });
        }
        return rows;
    }

    // While time has only gone forward, a time range is a range of seq, and pages of any age cost the same.
    private static Task<int> NoteClockStepAsync(IHubTransaction transaction, long seq, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into hub_facts (name, value) values ('audit_clock_stepped', @seq) on conflict (name) do nothing", new { seq = seq.ToString(CultureInfo.InvariantCulture) }, cancellationToken);

    private sealed record Head
    {
        public long Seq { get; init; }
        public string Hash { get; init; } = "";
        public string At { get; init; } = "";
        public int PolicyVersion { get; init; }
    }
}

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

    private readonly AuditPulse _pulse;
    private readonly GroupCommit _alone;

    public AuditTrail(HubDatabase database, AuditPulse pulse)
    {
        _pulse = pulse;
        _alone = new GroupCommit(async entries =>
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            var seqs = await WriteAsync(transaction, entries, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return seqs;
        });
    }

    public async Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken) =>
        (await WriteAsync(transaction, [entry], cancellationToken))[0];

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken) => _alone.AppendAsync(entry, cancellationToken);

    private async Task<IReadOnlyList<long>> WriteAsync(IHubTransaction transaction, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.FirstOrDefault(e => !AuditEvents.IsKnown(e.Event)) is { } stranger)
            throw new ArgumentException($"'{stranger.Event}' is not an event of the record; see AuditEvents.", nameof(entries));
        var head = await HeadAsync(transaction, cancellationToken);
        var rows = Chained(entries, head, transaction.Now);
        await InsertAsync(transaction, rows, cancellationToken);
        if (string.CompareOrdinal(Timestamps.Format(transaction.Now), head.At) < 0) await NoteClockStepAsync(transaction, rows[0].Seq, cancellationToken);
        foreach (var row in rows)
        {
            transaction.Hint(Topics.Stream("audit"), row.Seq.ToString(CultureInfo.InvariantCulture));
            _pulse.RowAppended(row.Seq);
        }
        return [.. rows.Select(r => r.Seq)];
    }

    private static Task<int> InsertAsync(IHubTransaction transaction, List<StoredRow> rows, CancellationToken cancellationToken) =>
        rows.Count == 1 ? transaction.ExecuteAsync(InsertSql, rows[0], cancellationToken)
        : transaction.Dialect == SqlDialect.Sqlite ? transaction.ExecuteAsync(InsertSql, rows, cancellationToken)
        : transaction.ExecuteAsync(InsertAllSql, new { rows = Json.Write(rows.Select(r => new { r.Seq, r.Body, r.PrevHash, r.BodyHash, r.Hash })) }, cancellationToken);

    private static List<StoredRow> Chained(IReadOnlyList<AuditEntry> entries, Head head, DateTimeOffset now)
    {
        var rows = new List<StoredRow>(entries.Count);
        var (seq, hash) = (head.Seq, head.Hash);
        foreach (var entry in entries)
        {
            var body = AuditBody.Write(entry, Ids.New("aud"), now, head.PolicyVersion);
            var row = new StoredRow { Seq = ++seq, Body = body, PrevHash = hash, BodyHash = CanonicalJson.Hash(body) };
            rows.Add(row with { Hash = hash = AuditChain.Hash(hash, seq, row.BodyHash) });
        }
        return rows;
    }

    private static async Task<Head> HeadAsync(IHubReader reader, CancellationToken cancellationToken) =>
        (await reader.FindAsync<Head>(
            """
            select coalesce(a.seq, 0) as seq, coalesce(a.hash, @start) as hash, coalesce(a.at, '') as at, coalesce(cast(f.value as integer), 1) as policy_version
            from (select 1 as one) o left join (select seq, hash, at from audit order by seq desc limit 1) a on true
            left join hub_facts f on f.name = 'policy_version'
            """,
            new { start = AuditChain.Start }, cancellationToken))!;

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

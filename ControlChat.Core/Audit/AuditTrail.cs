using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Appends rows to the chain in the caller's transaction, which is also the chain's lock.</summary>
internal sealed class AuditTrail(HubDatabase database, AuditPulse pulse) : IAuditTrail
{
    public async Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken)
    {
        if (!AuditEvents.IsKnown(entry.Event)) throw new ArgumentException($"'{entry.Event}' is not an event of the record; see AuditEvents.", nameof(entry));
        var head = await HeadAsync(transaction, cancellationToken);
        var seq = head.Seq + 1;
        var body = AuditBody.Write(entry, Ids.New("aud"), transaction.Now, head.PolicyVersion);
        var bodyHash = CanonicalJson.Hash(body);
        await transaction.ExecuteAsync(
            "insert into audit (seq, body, prev_hash, body_hash, hash) values (@seq, @body, @prevHash, @bodyHash, @hash)",
            new { seq, body, prevHash = head.Hash, bodyHash, hash = AuditChain.Hash(head.Hash, seq, bodyHash) },
            cancellationToken);
        if (string.CompareOrdinal(Timestamps.Format(transaction.Now), head.At) < 0) await NoteClockStepAsync(transaction, seq, cancellationToken);
        transaction.Hint(Topics.Stream("audit"), seq.ToString(CultureInfo.InvariantCulture));
        pulse.RowAppended(seq);
        return seq;
    }

    public async Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var seq = await AppendAsync(transaction, entry, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return seq;
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

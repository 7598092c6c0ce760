using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Checks the record in the database against the checkpoints beside it. Reads only.</summary>
/// <param name="database">The hub's own, or one opened on a copy of its file.</param>
/// <param name="block">Rows read at once, and the part that one core checks by itself.</param>
public sealed class RecordVerifier(HubDatabase database, int block = RecordVerifier.UsualBlock)
{
    // A read session pins the database's log: short ones let it be trimmed meanwhile. Rows are only appended, so the parts fit.
    private const int UsualBlock = 20_000;

    /// <param name="checkpoints">The lines of a chain from its beginning, read before this: whatever is signed by now must be found among the rows.</param>
    /// <param name="key">The key to check signatures with; null when the hub has none yet.</param>
    /// <param name="pinned">Whether the key comes from elsewhere than the hub.</param>
    /// <param name="progress">Told the row reached, once a block.</param>
    public async Task<VerifyResult> VerifyAsync(IReadOnlyList<string> checkpoints, PublicKey? key, bool pinned, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var set = key is null ? CheckpointSet.Empty : CheckpointSet.Check(checkpoints.Select(Checkpoint.Parse), key, whole: true);
        var to = await LastAsync(cancellationToken);
        var chain = await FastAsync(set.Items, to, progress, cancellationToken) ?? await SlowAsync(set.Items, to, progress, cancellationToken);
        if (set.Problem is null) chain.End();
        return Judge(chain, set, key is null && checkpoints.Count > 0) with { KeyId = set.Items.Count > 0 || set.Problem is not null ? key?.Id : null, Pinned = pinned };
    }

    // One row after the other: the judge, who names the first bad one.
    private async Task<ChainCheck> SlowAsync(IReadOnlyList<Checkpoint> checkpoints, long to, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var chain = new ChainCheck(checkpoints, filtered: false);
        while (chain.Problem is null && chain.LastSeq < to)
        {
            var before = chain.Rows;
            await ReadBlockAsync(chain, chain.Rows == 0 ? long.MinValue : chain.LastSeq, to, cancellationToken);
            progress?.Report(chain.LastSeq);
            if (chain.Rows == before && chain.Problem is null) chain.Fail(chain.LastSeq + 1, AuditProblems.Gap);
        }
        return chain;
    }

    // Blocks side by side on every core, then their seams. It only ever says "all well"; any doubt goes to the judge.
    private async Task<ChainCheck?> FastAsync(IReadOnlyList<Checkpoint> checkpoints, long to, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var blocks = (int)((to + block - 1) / block);
        if (blocks < 2) return null;
        var found = new ChainCheck[blocks];
        var done = 0L;
        await Parallel.ForAsync(0, blocks, cancellationToken, async (i, token) =>
        {
            var (first, last) = (i * (long)block + 1, Math.Min(to, (i + 1L) * block));
            found[i] = new ChainCheck([.. checkpoints.Where(c => c.LastSeq >= first && c.LastSeq <= last)], filtered: false) { First = first };
            await ReadBlockAsync(found[i], i == 0 ? long.MinValue : first - 1, last, token);
            progress?.Report(Math.Min(to, Interlocked.Increment(ref done) * block));
        });
        return ChainCheck.Join(found, checkpoints, to);
    }

    // The first fault by row counts, whether it lies in a row or in a checkpoint.
    private static VerifyResult Judge(ChainCheck chain, CheckpointSet set, bool keyMissing)
    {
        var inRows = chain.Problem is not null && (set.Problem is null || chain.BadSeq <= set.BadSeq);
        return new()
        {
            Rows = chain.Rows,
            LastSeq = chain.LastSeq,
            LastHash = chain.LastHash,
            Checkpoints = chain.CheckpointsMet,
            FirstBadSeq = inRows ? chain.BadSeq : set.BadSeq ?? (keyMissing ? 1 : null),
            Problem = inRows ? chain.Problem : set.Problem ?? (keyMissing ? AuditProblems.BadSignature : null),
        };
    }

    private async Task<long> LastAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.FindAsync<long>("select coalesce(max(seq), 0) from audit", null, cancellationToken);
    }

    private async Task ReadBlockAsync(ChainCheck chain, long after, long to, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        await reader.ScanAsync(
            "select seq, body, prev_hash, body_hash, hash from audit where seq > @after and seq <= @to order by seq limit @block",
            new { after, to, block },
            row => chain.Add(row.GetInt64(0), Utf8(row, 1), Text(row, 2), Text(row, 3), Text(row, 4)),
            cancellationToken);
    }

    // As both databases keep it and as it is hashed: a string in between would cost more than the hash.
    private static ReadOnlySpan<byte> Utf8(System.Data.Common.DbDataReader row, int column) => row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);

    // Whoever has the file can put a value of any type there; it is then a changed row, not a broken verifier.
    private static string Text(System.Data.Common.DbDataReader row, int column) => row.IsDBNull(column) ? "" : row.GetString(column);
}

using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Checks the record in the database against the checkpoints beside it. Reads only.</summary>
/// <param name="database">The hub's own, or one opened on a copy of its file.</param>
public sealed class RecordVerifier(HubDatabase database)
{
    // A read session pins the database's log: short ones let it be trimmed meanwhile. Rows are only appended, so the parts fit.
    private const int Block = 20_000;

    /// <param name="checkpointFile">Path of <c>checkpoints.jsonl</c>; a file that is absent holds none.</param>
    /// <param name="key">The key to check signatures with; null when the hub has none yet.</param>
    /// <param name="pinned">Whether the key comes from elsewhere than the hub.</param>
    /// <param name="progress">Told the row reached, once a block.</param>
    public async Task<VerifyResult> VerifyAsync(string checkpointFile, PublicKey? key, bool pinned, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        // Before the rows: whatever is signed by now must be found among them.
        var lines = CheckpointFile.Lines(checkpointFile);
        var set = key is null ? CheckpointSet.Empty : CheckpointSet.Check(lines.Select(Checkpoint.Parse), key, whole: true);
        var chain = new ChainCheck(set.Items, filtered: false);
        var to = await LastAsync(cancellationToken);
        while (chain.Problem is null && chain.LastSeq < to)
        {
            var before = chain.Rows;
            await ReadBlockAsync(chain, to, cancellationToken);
            progress?.Report(chain.LastSeq);
            if (chain.Rows == before && chain.Problem is null) chain.Fail(chain.LastSeq + 1, AuditProblems.Gap);
        }
        if (set.Problem is null) chain.End();
        return Judge(chain, set, key is null && lines.Count > 0) with { KeyId = set.Items.Count > 0 || set.Problem is not null ? key?.Id : null, Pinned = pinned };
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

    private async Task ReadBlockAsync(ChainCheck chain, long to, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        await reader.ScanAsync(
            "select seq, body, prev_hash, body_hash, hash from audit where seq > @after and seq <= @to order by seq limit @Block",
            new { after = chain.Rows == 0 ? long.MinValue : chain.LastSeq, to, Block },
            row => chain.Add(row.GetInt64(0), Text(row, 1), Text(row, 2), Text(row, 3), Text(row, 4)),
            cancellationToken);
    }

    // Whoever has the file can put a value of any type there; it is then a changed row, not a broken verifier.
    private static string Text(System.Data.Common.DbDataReader row, int column) => row.IsDBNull(column) ? "" : row.GetString(column);
}

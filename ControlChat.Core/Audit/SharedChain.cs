using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>
/// The chain of a hub with several processes. The database says whose checkpoint is the next one; it is believed in nothing else: what
/// a process copies to its file is signed and follows what the file holds, and a file that says otherwise than the database stops it.
/// </summary>
internal sealed class SharedChain(AuditPlaces places, HubDatabase database) : CheckpointChain(places)
{
    private const int Batch = 200;

    public override async Task<IReadOnlyList<string>> LinesAsync(CancellationToken cancellationToken)
    {
        var lines = CheckpointFile.Lines(File).ToList();
        // The file first, so that whoever changed the table contradicts it.
        var after = lines.Count == 0 ? 0 : Checkpoint.Parse(lines[^1])?.N ?? long.MaxValue;
        await using var reader = await database.ReadAsync(cancellationToken);
        lines.AddRange(await reader.QueryAsync<string>("select line from audit_checkpoints where n > @after order by n", new { after }, cancellationToken));
        return lines;
    }

    internal override async Task<Checkpoint?> LastAsync(PublicKey key, CancellationToken cancellationToken)
    {
        var last = CheckpointFile.Last(File);
        while (true)
        {
            var stored = await ReadAsync(last?.N ?? 1, cancellationToken);
            if (last is not null && stored.Count == 0) await GiveAsync(cancellationToken);
            var fresh = last is null ? stored : [.. stored.Skip(1)];
            if (last is not null && stored.Count > 0 && stored[0]?.Hash != last.Hash) throw Contradiction(last.N);
            if (fresh.Count == 0) return last;
            Check(last, fresh, key);
            CheckpointFile.Append(File, [.. fresh.OfType<Checkpoint>()]);
            last = fresh[^1];
        }
    }

    internal override async Task<bool> TryAppendAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await InsertAsync(transaction, checkpoint, cancellationToken)) return false;
        await transaction.CommitAsync(cancellationToken);
        // Only now, so that no file is ever ahead of what all processes go on from.
        CheckpointFile.Append(File, [checkpoint]);
        return true;
    }

    private async Task<IReadOnlyList<Checkpoint?>> ReadAsync(long from, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var lines = await reader.QueryAsync<string>("select line from audit_checkpoints where n >= @from order by n limit @Batch", new { from, Batch }, cancellationToken);
        return [.. lines.Select(Checkpoint.Parse)];
    }

    // The table lost what this file still holds, or is of a version that had none.
    private async Task GiveAsync(CancellationToken cancellationToken)
    {
        var mine = CheckpointFile.Lines(File).Select(Checkpoint.Parse).OfType<Checkpoint>().ToList();
        await using var transaction = await database.BeginAsync(cancellationToken);
        var line = await transaction.FindAsync<string>("select line from audit_checkpoints order by n desc limit 1", null, cancellationToken);
        var known = line is null ? null : Checkpoint.Parse(line);
        if (line is not null && !mine.Any(c => c.Hash == known?.Hash)) throw Contradiction(known?.N ?? 0);
        foreach (var checkpoint in mine.Where(c => c.N > (known?.N ?? 0))) await InsertAsync(transaction, checkpoint, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> InsertAsync(IHubTransaction transaction, Checkpoint checkpoint, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("insert into audit_checkpoints (n, prev, line) values (@N, @Prev, @Line) on conflict do nothing", new { checkpoint.N, checkpoint.Prev, checkpoint.Line }, cancellationToken) == 1;

    private void Check(Checkpoint? last, IReadOnlyList<Checkpoint?> fresh, PublicKey key)
    {
        var set = CheckpointSet.Check(last is null ? fresh : fresh.Prepend(last), key, whole: last is null);
        if (set.Problem is not null) throw Contradiction((set.Items.Count == 0 ? 0 : set.Items[^1].N) + 1);
    }

    private InvalidDataException Contradiction(long n) =>
        new($"Checkpoint {n} in the hub's database is not what {File} says or does not follow it. Nothing more is signed here. Run 'audit verify'.");
}

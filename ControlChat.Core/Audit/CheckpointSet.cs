namespace ControlChat.Core.Audit;

/// <summary>Checkpoints checked by themselves: form, order, links and signatures. What they say of rows is the chain check's business.</summary>
internal sealed record CheckpointSet(IReadOnlyList<Checkpoint> Items, long? BadSeq, string? Problem)
{
    public static CheckpointSet Empty { get; } = new([], null, null);

    /// <param name="whole">The file from its beginning, not the part that an export carries.</param>
    /// <param name="key">The only key accepted.</param>
    public static CheckpointSet Check(IEnumerable<Checkpoint?> checkpoints, PublicKey key, bool whole)
    {
        var good = new List<Checkpoint>();
        foreach (var checkpoint in checkpoints)
        {
            var before = good.Count > 0 ? good[^1] : null;
            // A line that cannot be read is named by the row after which it stands.
            if (checkpoint is null) return new(good, (before?.LastSeq ?? 0) + 1, AuditProblems.CheckpointMismatch);
            if (!checkpoint.IsSignedBy(key)) return new(good, checkpoint.LastSeq, AuditProblems.BadSignature);
            if (!Follows(before, checkpoint, whole)) return new(good, checkpoint.LastSeq, AuditProblems.CheckpointMismatch);
            good.Add(checkpoint);
        }
        return new(good, null, null);
    }

    private static bool Follows(Checkpoint? before, Checkpoint checkpoint, bool whole) => before is null
        ? !whole || checkpoint.N == 1 && checkpoint.Prev == AuditChain.Start
        : checkpoint.N == before.N + 1 && checkpoint.Prev == before.Hash && checkpoint.LastSeq >= before.LastSeq && checkpoint.HubId == before.HubId;
}

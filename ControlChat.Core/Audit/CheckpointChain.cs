using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The hub's checkpoints, each on top of the one before. What proves something is the file outside the database.</summary>
public abstract class CheckpointChain
{
    private protected CheckpointChain(AuditPlaces places) => File = places.Checkpoints;

    /// <summary>Path of this process's file.</summary>
    protected string File { get; }

    /// <summary>One process has the one file; several share the chain through the database, and each has the whole of it in a file of its own.</summary>
    public static CheckpointChain Of(AuditPlaces places, HubDatabase database) => places.SharedKeys is null ? new FileChain(places) : new SharedChain(places, database);

    /// <summary>Every checkpoint by rising <c>n</c>, as written; nothing is checked.</summary>
    public abstract Task<IReadOnlyList<string>> LinesAsync(CancellationToken cancellationToken);

    /// <summary>The newest one, when this process's file holds all before it; null before the first.</summary>
    /// <exception cref="InvalidDataException">What is there does not follow, or is not signed by the key.</exception>
    internal abstract Task<Checkpoint?> LastAsync(PublicKey key, CancellationToken cancellationToken);

    /// <returns>False when another process was first: then its checkpoint is the newest.</returns>
    internal abstract Task<bool> TryAppendAsync(Checkpoint checkpoint, CancellationToken cancellationToken);

    private sealed class FileChain(AuditPlaces places) : CheckpointChain(places)
    {
        public override Task<IReadOnlyList<string>> LinesAsync(CancellationToken cancellationToken) => Task.FromResult(CheckpointFile.Lines(File));

        internal override Task<Checkpoint?> LastAsync(PublicKey key, CancellationToken cancellationToken) => Task.FromResult(CheckpointFile.Last(File));

        internal override Task<bool> TryAppendAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
        {
            CheckpointFile.Append(File, [checkpoint]);
            return Task.FromResult(true);
        }
    }
}

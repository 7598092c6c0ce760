namespace ControlChat.Core.Hub;

/// <summary>
/// The seam between the stores, which are written once, and the two databases. A store gets a reader or a transaction
/// and never opens one itself; so the caller decides what commits together.
/// </summary>
public abstract class HubDatabase : IAsyncDisposable
{
    /// <summary>A consistent read-only view. The connection refuses writes, whatever the SQL says.</summary>
    public abstract Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// A write transaction. On SQLite there is one writer at a time; waiting for it is bounded: 3 s (and up to 1 s of the driver's own)
    /// for another process that holds the file, 15 s for the hub's own writers while they get on.
    /// Disposing without <see cref="IHubTransaction.CommitAsync"/> rolls back.
    /// </summary>
    /// <exception cref="HubUnavailableException">The database did not answer in time, is full or read-only.</exception>
    public abstract Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken);

    /// <summary>A write transaction if one can be had at once, for what may as well be written next time; else null.</summary>
    public abstract Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken);

    /// <summary>Applies the numbered schema files that are missing, under a lock, and checks the file's integrity.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Called after every commit with the announcements of that transaction. Set once, by the outbox.</summary>
    public Action<IReadOnlyList<Announcement>> Committed { get; set; } = static _ => { };

    public abstract ValueTask DisposeAsync();
}

/// <summary>What a transaction wants told after its commit: a topic and the id of a row, never content.</summary>
/// <param name="OutboxId">The outbox row that stands for it until a handler is done with it; null for a hint, which may be lost.</param>
/// <param name="Topic">One of <c>Topics</c>, or the name of an outbox handler such as <c>workspace.directory</c>.</param>
/// <param name="Id">The id of the row it is about.</param>
public sealed record Announcement(string? OutboxId, string Topic, string Id);

/// <summary>The database cannot serve now; nothing was changed and the same request may be repeated.</summary>
public sealed class HubUnavailableException(string message, Exception inner) : Exception(message, inner);

/// <summary>
/// Does what a committed announcement asks for outside the database; one per topic. It is called at least once and must be
/// idempotent by the id. A throw means: try again later, then dead-letter. Topics without a handler go to the bus.
/// </summary>
public interface IOutboxHandler
{
    string Topic { get; }

    Task HandleAsync(string id, CancellationToken cancellationToken);
}

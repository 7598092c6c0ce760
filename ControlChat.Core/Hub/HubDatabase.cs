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
    /// A write transaction. There is one writer at a time, on PostgreSQL over all processes. Waiting for it is bounded: 15 s for the hub's
    /// own writers while they get on; for another process 3 s (and up to 1 s of the driver's own) on SQLite, 4 s on PostgreSQL.
    /// Disposing without <see cref="IHubTransaction.CommitAsync(CancellationToken)"/> rolls back.
    /// </summary>
    /// <exception cref="HubUnavailableException">The database did not answer in time, is full or read-only.</exception>
    public abstract Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="BeginAsync(CancellationToken)"/>, with the first row of a query, which costs no round trip of its own.</summary>
    /// <param name="sql">A select without arguments.</param>
    public virtual async Task<(IHubTransaction Transaction, T? First)> BeginAsync<T>(string sql, CancellationToken cancellationToken)
    {
        var transaction = await BeginAsync(cancellationToken);
        try
        {
            return (transaction, await transaction.FindAsync<T>(sql, null, cancellationToken));
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first row of one statement that stands alone, or null (default): a consistent view of its own, at the least cost.</summary>
    public virtual async Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
    {
        await using var reader = await ReadAsync(cancellationToken);
        return await reader.FindAsync<T>(sql, arguments, cancellationToken);
    }

    /// <summary>
    /// One writing statement that stands alone, for what a crash of the machine may lose. It must be right whatever others write at that
    /// moment, and do the same when it runs twice: on PostgreSQL it waits neither for the writer nor for the disk.
    /// </summary>
    /// <returns>The number of rows changed.</returns>
    /// <exception cref="HubUnavailableException">As for <see cref="BeginAsync(CancellationToken)"/>.</exception>
    public virtual async Task<int> NoteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(cancellationToken);
        var changed = await transaction.ExecuteAsync(sql, arguments, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    /// <summary>A write transaction if one can be had at once, for what may as well be written next time; else null.</summary>
    public abstract Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken);

    /// <summary>Applies the numbered schema files that are missing, under a lock, and checks the file's integrity.</summary>
    public abstract Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keeps the database until it is disposed to those who hear each other on the bus: to this process alone, or to all who share one. From
    /// the call on, no session begins without the hold; one that is lost is noticed within some 10 s and taken again.
    /// </summary>
    /// <param name="alone">The bus is this process's own.</param>
    /// <returns>Null when it is this process's, else what the operator must change, in one line that names the setting.</returns>
    /// <exception cref="HubUnavailableException">The database did not answer; it is held as soon as it does.</exception>
    public virtual Task<string?> HoldAsync(bool alone, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>Called once when another process held the database while this one, alone, had lost it: what it has in memory is old, and it has to end.</summary>
    public Action Overtaken { get; set; } = static () => { };

    /// <summary>Writes a consistent copy of all of it to a new file, of 0600, while it serves; writers do not wait.</summary>
    /// <returns>False where the server has tools of its own for that.</returns>
    public virtual Task<bool> CopyAsync(string path, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Called after every commit with the announcements of that transaction. Set once, by the outbox.</summary>
    public Action<IReadOnlyList<Announcement>> Committed { get; set; } = static _ => { };

    /// <summary>No other process of the hub can be at work on it: it is a file of this one.</summary>
    public abstract bool IsOneProcess { get; }

    /// <summary>What serves, for those who run it.</summary>
    /// <exception cref="HubUnavailableException">It does not answer.</exception>
    public abstract Task<HubDescription> DescribeAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <param name="Server">Name and version.</param>
/// <param name="RecordCanBeChanged">Whether who the hub signs in as could change rows of the record, past the triggers that refuse it.</param>
public sealed record HubDescription(string Server, bool RecordCanBeChanged);

/// <summary>What a transaction wants told after its commit: a topic and the id of a row, never content.</summary>
/// <param name="OutboxId">The outbox row that stands for it until a handler is done with it; null for a hint, which may be lost.</param>
/// <param name="Topic">One of <c>Topics</c>, or the name of an outbox handler such as <c>workspace.directory</c>.</param>
/// <param name="Id">The id of the row it is about.</param>
public sealed record Announcement(string? OutboxId, string Topic, string Id)
{
    /// <summary>How long after the commit only the process that committed it carries it out.</summary>
    public static readonly TimeSpan OwnTime = TimeSpan.FromSeconds(2);
}

/// <summary>The database cannot serve now; nothing was changed and the same request may be repeated.</summary>
public sealed class HubUnavailableException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>It stays so until a person does what the message says; waiting does not help.</summary>
    public bool IsLasting { get; init; }
}

/// <summary>
/// Does what a committed announcement asks for outside the database; one per topic. It is called at least once, by the one process that
/// holds the claim, and must be idempotent by the id: who lost the claim meanwhile may still come to its end. A throw means: try again later, then dead-letter. Topics without a handler go to the bus.
/// </summary>
public interface IOutboxHandler
{
    string Topic { get; }

    Task HandleAsync(string id, CancellationToken cancellationToken);
}

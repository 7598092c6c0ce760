using System.Data.Common;

namespace ControlChat.Core.Hub;

/// <summary>Reading rows with Dapper: parameters only, snake_case columns to PascalCase members.</summary>
public interface IHubReader
{
    /// <summary>The database's own time when the session began; expiry and leases are measured by <c>hub_now()</c> in SQL.</summary>
    DateTimeOffset Now { get; }

    SqlDialect Dialect { get; }

    /// <summary>The same session for statements whose best way depends on the values they are asked with: words, tags, ranges of a large table.</summary>
    IHubReader Searching => this;

    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>The first row, or null (default) when there is none.</summary>
    Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Shows the rows one by one, without keeping any: for reading many. <paramref name="row"/> answers whether to go on.</summary>
    Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken);
}

/// <summary>A read-only session; dispose it soon, it pins a connection.</summary>
public interface IHubReadSession : IHubReader, IAsyncDisposable;

/// <summary>A write transaction with its outbox.</summary>
public interface IHubTransaction : IHubReader, IAsyncDisposable
{
    /// <returns>The number of rows changed: the answer of every compare-and-set.</returns>
    Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken);

    /// <summary>Writes an outbox row; it is sent right after the commit, and by any process's sweeper until a handler is done.</summary>
    Task AnnounceAsync(string topic, string id, CancellationToken cancellationToken);

    /// <summary>A savepoint; <see cref="RollbackToAsync"/> undoes what came after it and keeps the transaction.</summary>
    Task SaveAsync(string name, CancellationToken cancellationToken);

    Task RollbackToAsync(string name, CancellationToken cancellationToken);

    /// <summary>A wake-up sent to the bus after the commit, without an outbox row: it may be lost, so it never carries what matters.</summary>
    void Hint(string topic, string id);

    /// <exception cref="HubUnavailableException">The commit did not happen; nothing was changed.</exception>
    Task CommitAsync(CancellationToken cancellationToken);

    /// <summary>A last statement and the commit, in one round trip.</summary>
    /// <exception cref="HubUnavailableException">The commit did not happen; nothing was changed.</exception>
    async Task CommitAsync(string sql, IReadOnlyDictionary<string, object> arguments, CancellationToken cancellationToken)
    {
        await ExecuteAsync(sql, arguments, cancellationToken);
        await CommitAsync(cancellationToken);
    }
}

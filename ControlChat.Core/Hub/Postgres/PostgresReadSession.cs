using System.Data;
using System.Data.Common;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

internal sealed class PostgresReadSession : IHubReadSession
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly PostgresRows _rows;

    private PostgresReadSession(NpgsqlConnection connection, NpgsqlTransaction transaction, PostgresRows rows, DateTimeOffset now) =>
        (_connection, _transaction, _rows, Now) = (connection, transaction, rows, now);

    public DateTimeOffset Now { get; }

    public SqlDialect Dialect => SqlDialect.Postgres;

    public IHubReader Searching => new Searcher(this);

    public static async Task<PostgresReadSession> BeginAsync(NpgsqlConnection connection, TimeProvider? testClock, CancellationToken cancellationToken)
    {
        // One snapshot for all of the session, taken by its first select.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (now, _) = await PostgresRows.BeginAsync<int>(connection, transaction, testClock, [new NpgsqlBatchCommand("set transaction read only"), new NpgsqlBatchCommand("select hub_now()")], null, cancellationToken);
        return new PostgresReadSession(connection, transaction, new PostgresRows(connection, transaction, testClock), now);
    }

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => _rows.QueryAsync<T>(sql, arguments, cancellationToken);

    public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => _rows.FindAsync<T>(sql, arguments, cancellationToken);

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) => _rows.ScanAsync(sql, arguments, row, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await PostgresEnd.QuietlyAsync(_transaction);
        await PostgresEnd.QuietlyAsync(_connection);
    }

    // A plan for any words reads far too much for rare ones; planning anew is what a short statement costs most.
    private sealed class Searcher(PostgresReadSession session) : IHubReader
    {
        private const string ForItsValues = "set local plan_cache_mode = force_custom_plan; ";

        public DateTimeOffset Now => session.Now;

        public SqlDialect Dialect => session.Dialect;

        public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
            session.QueryAsync<T>(ForItsValues + sql, arguments, cancellationToken);

        public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => session.FindAsync<T>(ForItsValues + sql, arguments, cancellationToken);

        public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) =>
            session.ScanAsync(ForItsValues + sql, arguments, row, cancellationToken);
    }
}

/// <summary>Letting go of what may be broken: whatever that says, the answer was given before.</summary>
internal static class PostgresEnd
{
    public static async Task QuietlyAsync(IAsyncDisposable ended)
    {
        try
        {
            await ended.DisposeAsync();
        }
        catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException)
        {
            // The server ends a transaction whose client is gone.
        }
    }
}

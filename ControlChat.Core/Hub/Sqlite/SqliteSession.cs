using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub.Sqlite;

internal sealed class SqliteReadSession : IHubReadSession
{
    private readonly PreparingConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly Action<PreparingConnection> _return;

    public SqliteReadSession(PreparingConnection connection, DateTimeOffset now, Action<PreparingConnection> giveBack)
    {
        (_connection, Now, _return) = (connection, now, giveBack);
        // Deferred: a snapshot from the first read on, no lock against the writer.
        _transaction = connection.BeginTransaction(deferred: true);
    }

    public DateTimeOffset Now { get; }

    public SqlDialect Dialect => SqlDialect.Sqlite;

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        SqliteRows.QueryAsync<T>(_connection, _transaction, sql, arguments, cancellationToken);

    public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        SqliteRows.FindAsync<T>(_connection, _transaction, sql, arguments, cancellationToken);

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) =>
        SqliteRows.ScanAsync(_connection, _transaction, sql, arguments, row, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _transaction.Dispose();
        _return(_connection);
        return ValueTask.CompletedTask;
    }
}

internal sealed class SqliteHubTransaction : IHubTransaction
{
    private readonly PreparingConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly Action<IReadOnlyList<Announcement>> _committed;
    private readonly Action _release;
    private readonly List<Announcement> _announcements = [];
    private bool _committedHere;
    private bool _done;

    public SqliteHubTransaction(PreparingConnection connection, DateTimeOffset now, Action<IReadOnlyList<Announcement>> committed, Action release)
    {
        (_connection, Now, _committed, _release) = (connection, now, committed, release);
        _transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: false);
    }

    public DateTimeOffset Now { get; }

    public SqlDialect Dialect => SqlDialect.Sqlite;

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        SqliteRows.QueryAsync<T>(_connection, _transaction, sql, arguments, cancellationToken);

    public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        SqliteRows.FindAsync<T>(_connection, _transaction, sql, arguments, cancellationToken);

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) =>
        SqliteRows.ScanAsync(_connection, _transaction, sql, arguments, row, cancellationToken);

    public Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (RolledBack) throw Gone();
        try
        {
            return Task.FromResult(_connection.For(sql).Execute(sql, arguments, _transaction));
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }

    public async Task AnnounceAsync(string topic, string id, CancellationToken cancellationToken)
    {
        var announcement = new Announcement(Ids.New("out"), topic, id);
        await ExecuteAsync("insert into outbox (id, topic, ref_id, created_at, next_at) values (@OutboxId, @Topic, @id, hub_now(), @next)",
            new { announcement.OutboxId, announcement.Topic, id, next = Now + Announcement.OwnTime }, cancellationToken);
        _announcements.Add(announcement);
    }

    public Task SaveAsync(string name, CancellationToken cancellationToken)
    {
        _transaction.Save(name);
        return Task.CompletedTask;
    }

    public Task RollbackToAsync(string name, CancellationToken cancellationToken)
    {
        _transaction.Rollback(name);
        return Task.CompletedTask;
    }

    public void Hint(string topic, string id) => _announcements.Add(new Announcement(null, topic, id));

    public Task CommitAsync(CancellationToken cancellationToken)
    {
        // Not cancellable from here on: a caller that gives up must still learn whether it happened.
        if (RolledBack) throw Gone();
        try
        {
            _transaction.Commit();
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
        _committedHere = true;
        Finish();
        if (_announcements.Count > 0) _committed(_announcements);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        if (!_done) Finish();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// SQLite ends a transaction by itself when the disk is full or broken. Whatever ran after that would commit alone,
    /// and the wrapper, which was not told, would never let go of the connection.
    /// </summary>
    private bool RolledBack => !_committedHere && SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    private static HubUnavailableException Gone() =>
        new("The hub's database gave the transaction up. Nothing was changed; try again.", new InvalidOperationException("rolled back by SQLite"));

    private void Finish()
    {
        _done = true;
        try
        {
            _transaction.Dispose();
        }
        catch (SqliteException) when (RolledBack)
        {
            // The wrapper was not told that the transaction is over and lets go only of one it can roll back.
            _ = SQLitePCL.raw.sqlite3_exec(_connection.Handle, "begin");
            _transaction.Dispose();
        }
        finally
        {
            _release();
        }
    }
}

internal static class SqliteRows
{
    // Data.Sqlite's async methods are synchronous underneath: the plain ones save their cost.
    public static Task<IReadOnlyList<T>> QueryAsync<T>(PreparingConnection connection, SqliteTransaction transaction, string sql, object? arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Task.FromResult<IReadOnlyList<T>>(connection.For(sql).Query<T>(sql, arguments, transaction).AsList());
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }

    public static Task<T?> FindAsync<T>(PreparingConnection connection, SqliteTransaction transaction, string sql, object? arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Task.FromResult(connection.For(sql).QueryFirstOrDefault<T>(sql, arguments, transaction));
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }

    public static Task ScanAsync(
        PreparingConnection connection, SqliteTransaction transaction, string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var reader = (DbDataReader)connection.For(sql).ExecuteReader(sql, arguments, transaction);
            while (reader.Read() && row(reader)) cancellationToken.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }
}

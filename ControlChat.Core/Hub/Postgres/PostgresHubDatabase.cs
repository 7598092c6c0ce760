using System.Data;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// The hub in a PostgreSQL database, for any number of processes. Like SQLite it has one writer at a time: a write transaction first
/// takes an advisory lock, so that a compare-and-set, a read set and the chain's head hold until the commit, whoever else writes.
/// Nothing waits without an end: for the pool, the lock, a statement or an idle client.
/// </summary>
public sealed class PostgresHubDatabase : HubDatabase
{
    private static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(15);
    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider? _testClock;

    // This process's writers queue here, so that they hold one connection of the pool and not all of them.
    private readonly SemaphoreSlim _writerLock = new(1, 1);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private bool _current;
    private bool _disposed;

    /// <param name="connectionString">As Npgsql reads it; limits that it does not name are set here.</param>
    /// <param name="time">The system's clock leaves the time to the database; any other one is what <c>hub_now()</c> says.</param>
    /// <exception cref="ArgumentException">It is no connection string; the message does not repeat it.</exception>
    public PostgresHubDatabase(string connectionString, TimeProvider time)
    {
        RowMapping.Use();
        _testClock = time == TimeProvider.System ? null : time;
        _source = NpgsqlDataSource.Create(PostgresLimits.Of(connectionString));
    }

    /// <summary>For the keys, which are not rows of a store.</summary>
    internal NpgsqlDataSource Source => _source;

    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_current) return;
            await using var connection = await OpenAsync(cancellationToken);
            await PostgresMigrations.ApplyAsync(connection, cancellationToken);
            _current = true;
        }
        catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException unavailable)
        {
            throw unavailable;
        }
        finally
        {
            _opening.Release();
        }
    }

    public override async Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken)
    {
        await BeCurrentAsync(cancellationToken);
        var connection = await OpenAsync(cancellationToken);
        try
        {
            return await PostgresReadSession.BeginAsync(connection, _testClock, cancellationToken);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw PostgresFaults.Translate(e);
        }
    }

    public override async Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        await BeCurrentAsync(cancellationToken);
        if (!await _writerLock.WaitAsync(WriterPatience, cancellationToken))
            throw new HubUnavailableException("The hub's database is busy. Try again.", new TimeoutException());
        NpgsqlConnection? connection = null;
        try
        {
            connection = await OpenAsync(cancellationToken);
            return await PostgresHubTransaction.BeginAsync(connection, _testClock, new(Committed, () => _writerLock.Release(), _source), cancellationToken);
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            _writerLock.Release();
            throw PostgresFaults.Translate(e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _source.DisposeAsync();
        _writerLock.Dispose();
        _opening.Dispose();
    }

    // A hub that was started while its database was down opens it by its first call that gets through.
    private async Task BeCurrentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_current) await MigrateAsync(cancellationToken);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception e)
        {
            throw PostgresFaults.Translate(e);
        }
    }
}

using System.Data;
using System.Diagnostics;
using ControlChat.Core.Telemetry;
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

    // A pool of its own: were all connections held by readers that wait for the writer, it could not begin.
    private readonly NpgsqlDataSource _writers;
    private readonly PostgresOutcome _outcome;
    private readonly TimeProvider? _testClock;
    private readonly string _holding;

    // This process's writers queue here, so that they hold one connection of the pool and not all of them.
    private readonly SemaphoreSlim _writerLock = new(1, 1);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private PostgresHold? _hold;
    private bool _current;
    private bool _disposed;

    /// <param name="connectionString">As Npgsql reads it; limits that it does not name are set here.</param>
    /// <param name="time">The system's clock leaves the time to the database; any other one is what <c>hub_now()</c> says.</param>
    /// <exception cref="ArgumentException">It is no connection string; the message does not repeat it.</exception>
    public PostgresHubDatabase(string connectionString, TimeProvider time)
    {
        RowMapping.Use();
        _testClock = time == TimeProvider.System ? null : time;
        var limited = PostgresLimits.Of(connectionString);
        _source = NpgsqlDataSource.Create(limited);
        _outcome = new PostgresOutcome(_source);
        _writers = NpgsqlDataSource.Create(PostgresLimits.ForWriters(limited));
        _holding = PostgresLimits.ForHold(limited);
    }

    /// <summary>For the keys, which are not rows of a store.</summary>
    internal NpgsqlDataSource Source => _source;

    public override bool IsOneProcess => false;

    public override async Task<string?> HoldAsync(bool alone, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _hold ??= new PostgresHold(_holding, alone, () => Overtaken());
        await _hold.Tried.WaitAsync(cancellationToken);
        if (_hold.Fault == _hold.Refusal) return _hold.Refusal;
        CheckHold();
        return null;
    }

    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckHold();
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_current) return;
            await using var connection = await OpenAsync(_source, cancellationToken);
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
        return await BegunAsync(_source, connection => PostgresReadSession.BeginAsync(connection, _testClock, cancellationToken), cancellationToken);
    }

    public override async Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken) => (await WaitAndBeginAsync<int>(null, cancellationToken)).Transaction;

    public override Task<(IHubTransaction Transaction, T? First)> BeginAsync<T>(string sql, CancellationToken cancellationToken)
        where T : default => WaitAndBeginAsync<T>(sql, cancellationToken);

    private async Task<(IHubTransaction Transaction, T? First)> WaitAndBeginAsync<T>(string? sql, CancellationToken cancellationToken)
    {
        await BeCurrentAsync(cancellationToken);
        var asked = Stopwatch.GetTimestamp();
        if (!await _writerLock.WaitAsync(WriterPatience, cancellationToken))
            throw new HubUnavailableException("The hub's database is busy. Try again.", new TimeoutException());
        var begun = await BeginAsync<T>(waits: true, sql, cancellationToken);
        Meters.WriteBegan(asked);
        return begun;
    }

    public override async Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_current || _hold?.Fault is not null || !await _writerLock.WaitAsync(TimeSpan.Zero, cancellationToken)) return null;
        try
        {
            return (await BeginAsync<int>(waits: false, null, cancellationToken)).Transaction;
        }
        catch (HubUnavailableException)
        {
            return null;
        }
    }

    public override Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) where T : default =>
        AloneAsync(connection => PostgresAlone.FindAsync<T>(connection, _testClock, sql, arguments, cancellationToken), cancellationToken);

    public override Task<int> NoteAsync(string sql, object arguments, CancellationToken cancellationToken) =>
        AloneAsync(connection => PostgresAlone.NoteAsync(connection, _testClock, sql, arguments, cancellationToken), cancellationToken);

    public override async Task<HubDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(_source, cancellationToken);
        return await PostgresDescription.ReadAsync(connection, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _source.DisposeAsync();
        await _writers.DisposeAsync();
        if (_hold is not null) await _hold.DisposeAsync();
        _writerLock.Dispose();
        _opening.Dispose();
    }

    // Called with the writer's lock, which the transaction, or the failure, lets go of.
    private async Task<(IHubTransaction Transaction, T? First)> BeginAsync<T>(bool waits, string? sql, CancellationToken cancellationToken)
    {
        try
        {
            var writer = new PostgresWriter(Committed, () => _writerLock.Release(), _outcome);
            return await BegunAsync(_writers, connection => PostgresHubTransaction.BeginAsync<T>(connection, _testClock, writer, waits, sql, cancellationToken), cancellationToken);
        }
        catch
        {
            _writerLock.Release();
            throw;
        }
    }

    // A hub that was started while its database was down opens it by its first call that gets through.
    private async Task BeCurrentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckHold();
        if (!_current) await MigrateAsync(cancellationToken);
    }

    // Who works without it would miss what the other process tells its own bus.
    private void CheckHold()
    {
        if (_hold?.Fault is { } fault) throw new HubUnavailableException(fault, new InvalidOperationException("The database is not held."));
    }

    private async Task<T> AloneAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken cancellationToken)
    {
        await BeCurrentAsync(cancellationToken);
        return await BegunAsync(_source, async connection =>
        {
            var answer = await run(connection);
            await PostgresEnd.QuietlyAsync(connection);
            return answer;
        }, cancellationToken);
    }

    // A pooled connection may have been ended by the server meanwhile. Nothing was begun on it, so a fresh one is tried, once.
    private static async Task<T> BegunAsync<T>(NpgsqlDataSource source, Func<NpgsqlConnection, Task<T>> begin, CancellationToken cancellationToken)
    {
        for (var last = false; ; last = true)
        {
            var connection = await OpenAsync(source, cancellationToken);
            try
            {
                return await begin(connection);
            }
            catch (Exception e)
            {
                var ended = !connection.FullState.HasFlag(ConnectionState.Open);
                if (ended) NpgsqlConnection.ClearPool(connection);
                await PostgresEnd.QuietlyAsync(connection);
                if (last || !ended || cancellationToken.IsCancellationRequested) throw PostgresFaults.Translate(e);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception e)
        {
            throw PostgresFaults.Translate(e);
        }
    }
}

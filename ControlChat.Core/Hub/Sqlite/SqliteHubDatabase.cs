using System.Collections.Concurrent;
using System.Diagnostics;
using ControlChat.Core.Telemetry;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub.Sqlite;

/// <summary>
/// The hub in one SQLite file: WAL, one writer (a lock in this process, <c>BEGIN IMMEDIATE</c> between processes),
/// <c>synchronous=FULL</c> because a lost commit would be a lost approval.
/// </summary>
public sealed class SqliteHubDatabase : HubDatabase
{
    // For another process that holds the file: with what the driver adds, a request hears "busy" within 5 s.
    private static readonly TimeSpan FilePatience = TimeSpan.FromSeconds(3);

    // For the hub's own writers ahead in the queue: while they commit, waiting longer is no fault.
    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(15);
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writerLock = new(1, 1);
    private readonly ConcurrentBag<PreparingConnection> _readers = [];
    private PreparingConnection? _writer;
    private long _heldAt;
    private bool _disposed;

    /// <param name="path">The database file; its directory must exist.</param>
    /// <param name="time">The clock behind <c>hub_now()</c>.</param>
    public SqliteHubDatabase(string path, TimeProvider time)
    {
        Path = path;
        _time = time;
    }

    public string Path { get; }

    public override bool IsOneProcess => true;

    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await _writerLock.WaitAsync(cancellationToken);
        try
        {
            _writer ??= Open(readOnly: false);
            SqliteMigrations.Apply(_writer, _time);
        }
        finally
        {
            _writerLock.Release();
        }
    }

    public override Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            var connection = _readers.TryTake(out var pooled) ? pooled : Open(readOnly: true);
            return Task.FromResult<IHubReadSession>(new SqliteReadSession(connection, _time.GetUtcNow(), Return));
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }

    public override async Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var asked = Stopwatch.GetTimestamp();
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!await _writerLock.WaitAsync(QueuePatience, cancellationToken)) throw Busy();
        var transaction = Begin(FilePatience - Stopwatch.GetElapsedTime(asked));
        Meters.WriteBegan(asked);
        return transaction;
    }

    public override async Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (FileIsHeld || !await _writerLock.WaitAsync(TimeSpan.Zero, cancellationToken)) return null;
        try
        {
            return Begin(TimeSpan.Zero);
        }
        catch (HubUnavailableException)
        {
            return null;
        }
    }

    // Found so a moment ago; after that it is looked at again.
    private bool FileIsHeld => Volatile.Read(ref _heldAt) is > 0 and var at && Stopwatch.GetElapsedTime(at) < FilePatience;

    // Called with the writer's lock, which the transaction, or the failure, lets go of.
    private SqliteHubTransaction Begin(TimeSpan patience)
    {
        try
        {
            // Whoever waited behind one that found the file held has waited for it too: they hear of it together, not one after the other.
            if (FileIsHeld && patience <= TimeSpan.Zero) throw Busy();
            _writer ??= Open(readOnly: false);
            _ = SQLitePCL.raw.sqlite3_busy_timeout(_writer.Handle, (int)Math.Max(0, patience.TotalMilliseconds));
            var transaction = new SqliteHubTransaction(_writer, _time.GetUtcNow(), Committed, () => _writerLock.Release());
            _heldAt = 0;
            return transaction;
        }
        catch (SqliteException e)
        {
            _heldAt = SqliteFaults.IsBusy(e) ? Stopwatch.GetTimestamp() : 0;
            _writerLock.Release();
            throw SqliteFaults.Translate(e);
        }
        catch
        {
            _writerLock.Release();
            throw;
        }
    }

    public override Task<bool> CopyAsync(string path, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            // Made before SQLite would make it readable for others.
            using (new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
            }
            using var from = Open(readOnly: true);
            using var to = SqliteLibrary.Open(path);
            try
            {
                // In one step, which is one read of the log's state: what is committed meanwhile is not in it.
                from.BackupDatabase(to);
                // One file, without a log beside it; the hub that opens it switches its log on again.
                to.Execute("pragma journal_mode=delete");
            }
            catch (SqliteException e)
            {
                throw SqliteFaults.Translate(e);
            }
            return true;
        }, cancellationToken);

    /// <summary>Whoever can open the file can change all of it.</summary>
    public override Task<HubDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new HubDescription($"SQLite {SqliteLibrary.Version}", RecordCanBeChanged: true));

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        await _writerLock.WaitAsync();
        _disposed = true;
        while (_readers.TryTake(out var reader)) await reader.DisposeAsync();
        if (_writer is not null) await _writer.DisposeAsync();
        _writerLock.Dispose();
    }

    private static HubUnavailableException Busy() => new("The hub's database is busy. Try again.", new TimeoutException());

    private void Return(PreparingConnection connection)
    {
        if (_disposed) connection.Dispose();
        else _readers.Add(connection);
    }

    private PreparingConnection Open(bool readOnly)
    {
        var connection = new PreparingConnection(Path);
        connection.Open();
        // Microsoft.Data.Sqlite retries a busy statement for its command timeout (whole seconds; 0 is for ever) on top of the library's own waiting.
        connection.DefaultTimeout = 1;
        connection.Execute($"pragma busy_timeout={FilePatience.TotalMilliseconds}; pragma synchronous=full; pragma foreign_keys=on; pragma query_only={(readOnly ? "on" : "off")};");
        connection.CreateFunction("hub_now", () => Timestamps.Format(_time.GetUtcNow()));
        return connection;
    }
}

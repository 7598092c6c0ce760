using System.Data;
using System.Data.Common;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <param name="Committed">Told of the announcements after a commit.</param>
/// <param name="Release">Lets the next writer of this process go on.</param>
/// <param name="Outcome">For asking what became of a commit whose answer was lost.</param>
internal sealed record PostgresWriter(Action<IReadOnlyList<Announcement>> Committed, Action Release, PostgresOutcome Outcome);

internal sealed class PostgresHubTransaction : IHubTransaction
{
    // One writer at a time on this database: see the README's decisions. Any number that no other program takes here.
    private const string Lock = "select pg_advisory_xact_lock(1667462007)";
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly PostgresRows _rows;
    private readonly PostgresWriter _writer;
    private readonly string _mark;
    private readonly List<Announcement> _announcements = [];
    private bool _done;

    private PostgresHubTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, PostgresRows rows, PostgresWriter writer, string mark, DateTimeOffset now) =>
        (_connection, _transaction, _rows, _writer, _mark, Now) = (connection, transaction, rows, writer, mark, now);

    public DateTimeOffset Now { get; }

    public SqlDialect Dialect => SqlDialect.Postgres;

    /// <param name="sql">A select that goes along; null for none.</param>
    public static async Task<(IHubTransaction Transaction, T? First)> BeginAsync<T>(
        NpgsqlConnection connection, TimeProvider? testClock, PostgresWriter writer, bool waits, string? sql, CancellationToken cancellationToken)
    {
        // Each statement sees what was committed before it; with the lock nothing commits meanwhile.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var mark = Ids.New("mark");
        string[] locked = waits ? [Lock] : ["set local lock_timeout = 1", Lock];
        var (now, first) = await PostgresRows.BeginAsync<T>(
            connection, transaction, testClock, [.. locked.Select(sql => new NpgsqlBatchCommand(sql)), .. writer.Outcome.Mark(mark)], sql, cancellationToken);
        return (new PostgresHubTransaction(connection, transaction, new PostgresRows(connection, transaction, testClock), writer, mark, now), first);
    }

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => _rows.QueryAsync<T>(sql, arguments, cancellationToken);

    public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => _rows.FindAsync<T>(sql, arguments, cancellationToken);

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) => _rows.ScanAsync(sql, arguments, row, cancellationToken);

    public Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) => _rows.ExecuteAsync(sql, arguments, cancellationToken);

    public async Task AnnounceAsync(string topic, string id, CancellationToken cancellationToken)
    {
        var announcement = new Announcement(Ids.New("out"), topic, id);
        await ExecuteAsync("insert into outbox (id, topic, ref_id, created_at, next_at) values (@OutboxId, @Topic, @id, hub_now(), @next)",
            new { announcement.OutboxId, announcement.Topic, id, next = Now + Announcement.OwnTime }, cancellationToken);
        _announcements.Add(announcement);
    }

    public Task SaveAsync(string name, CancellationToken cancellationToken) => _rows.SaveAsync(name, cancellationToken);

    public Task RollbackToAsync(string name, CancellationToken cancellationToken) => _rows.RollbackToAsync(name, cancellationToken);

    public void Hint(string topic, string id) => _announcements.Add(new Announcement(null, topic, id));

    public Task CommitAsync(CancellationToken cancellationToken) => CommitAsync(() => _transaction.CommitAsync(CancellationToken.None));

    public Task CommitAsync(string sql, IReadOnlyDictionary<string, object> arguments, CancellationToken cancellationToken) => CommitAsync(() => _rows.CommitAsync(sql, arguments));

    // Not cancellable: a caller that gives up must still learn whether it happened.
    private async Task CommitAsync(Func<Task> commit)
    {
        // The server answers a commit of a failed transaction with a rollback, and the driver does not say so.
        if (_rows.Broken is { } fault) throw new HubUnavailableException("The hub's database gave the transaction up. Nothing was changed; try again.", fault);
        try
        {
            await commit();
        }
        catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException unavailable)
        {
            if (!await _writer.Outcome.HasCommittedAsync(_mark)) throw unavailable;
        }
        await FinishAsync();
        if (_announcements.Count > 0) _writer.Committed(_announcements);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_done) await FinishAsync();
    }

    private async Task FinishAsync()
    {
        _done = true;
        try
        {
            await PostgresEnd.QuietlyAsync(_transaction);
            await PostgresEnd.QuietlyAsync(_connection);
        }
        finally
        {
            _writer.Release();
        }
    }
}

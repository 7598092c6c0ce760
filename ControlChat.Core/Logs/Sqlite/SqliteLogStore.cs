using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Logs.Sqlite;

/// <inheritdoc cref="ILogStore"/>
internal sealed class SqliteLogStore(string directory) : ILogStore, IDisposable
{
    private const string Insert = """
        insert into lines (file_id, at, level, message, event, category, run_id, conversation_id, agent, tool, trace_id, exception)
        values (@file, @At, @Level, @Message, @Event, @Category, @RunId, @ConversationId, @Agent, @Tool, @TraceId, @Exception)
        """;

    private readonly LogIndexFile _index = new(Path.Combine(directory, "index.db"));
    private readonly SemaphoreSlim _one = new(1, 1);

    public Task<LogPage> SearchAsync(LogQuery query, CancellationToken cancellationToken) => WithAsync(connection =>
    {
        CatchUp(connection, cancellationToken);
        var (where, values) = LogSql.Conditions(query);
        values["limit"] = query.Limit + 1;
        var rows = connection.Query<Found>("select " + LogSql.Columns + " from lines l where " + where + " order by l.id desc limit @limit", values).Select(f => f.Row()).ToList();
        var more = rows.Count > query.Limit;
        if (more) rows.RemoveAt(query.Limit);
        return new LogPage(rows, more ? LogSql.Cursor(rows[^1].Id) : null);
    }, cancellationToken);

    public Task<int> CountNewerAsync(LogQuery query, long id, CancellationToken cancellationToken) => WithAsync(connection =>
    {
        CatchUp(connection, cancellationToken);
        var (where, values) = LogSql.Conditions(query with { Cursor = null });
        values["id"] = id;
        return connection.ExecuteScalar<int>("select count(*) from (select 1 from lines l where l.id > @id and " + where + " limit 100) newer", values);
    }, cancellationToken);

    public Task CatchUpAsync(CancellationToken cancellationToken) => WithAsync(connection =>
    {
        CatchUp(connection, cancellationToken);
        return true;
    }, cancellationToken);

    public Task ForgetAsync(IReadOnlyList<string> files, CancellationToken cancellationToken) => WithAsync(connection =>
    {
        foreach (var name in files)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute("delete from lines where file_id in (select id from files where name = @name)", new { name }, transaction);
            connection.Execute("delete from files where name = @name", new { name }, transaction);
            transaction.Commit();
        }
        return true;
    }, cancellationToken);

    public void Dispose()
    {
        _index.Dispose();
        _one.Dispose();
    }

    // The index is read and written under one lock: it is small, and a search sees every line written before it.
    private async Task<T> WithAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            // Off the caller's thread: a circuit must not wait for the disk.
            return await Task.Run(() => Rebuilding(work), cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new LogsUnavailableException($"The log cannot be searched now ({e.Message}). The hub goes on; try again later.", e);
        }
        finally
        {
            _one.Release();
        }
    }

    private T Rebuilding<T>(Func<SqliteConnection, T> work)
    {
        try
        {
            return work(_index.Open());
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 1 or 11 or 26)
        {
            // Damaged, no database at all, or without our tables: the files are the log, so begin anew.
            _index.Delete();
            return work(_index.Open());
        }
    }

    private void CatchUp(SqliteConnection connection, CancellationToken cancellationToken)
    {
        var known = connection.Query<(string Name, long Id, long Position)>("select name, id, position from files").ToDictionary(f => f.Name, f => (f.Id, f.Position));
        foreach (var name in LogFileName.In(directory).Select(n => n.ToString()))
        {
            var path = Path.Combine(directory, name);
            var (id, position) = known.TryGetValue(name, out var seen) ? seen : (0, 0);
            while (File.Exists(path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (lines, next) = LogFileReader.Read(path, position);
                if (next == position) break;
                id = Keep(connection, name, id, lines, next);
                position = next;
            }
        }
    }

    private static long Keep(SqliteConnection connection, string name, long id, List<IndexedLine> lines, long position)
    {
        using var transaction = connection.BeginTransaction();
        if (id == 0) id = connection.ExecuteScalar<long>("insert into files (name, position) values (@name, 0) returning id", new { name }, transaction);
        // One command for all lines: its text is prepared once.
        connection.Execute(Insert, lines.Select(line => new
        {
            file = id,
            line.At,
            line.Level,
            line.Message,
            line.Event,
            line.Category,
            line.RunId,
            line.ConversationId,
            line.Agent,
            line.Tool,
            line.TraceId,
            line.Exception,
        }), transaction);
        connection.Execute("update files set position = @position where id = @id", new { position, id }, transaction);
        transaction.Commit();
        return id;
    }

    private sealed record Found
    {
        public long Id { get; init; }
        public string At { get; init; } = "";
        public int Level { get; init; }
        public string Message { get; init; } = "";
        public string? Event { get; init; }
        public string Category { get; init; } = "";
        public string? RunId { get; init; }
        public string? ConversationId { get; init; }
        public string? Agent { get; init; }
        public string? Tool { get; init; }
        public string? TraceId { get; init; }
        public string? Exception { get; init; }

        public LogRow Row() => new(Id, Timestamps.Parse(At), LogLevels.All[Level], Message, Event, Category, RunId, ConversationId, Agent, Tool, TraceId, Exception);
    }
}

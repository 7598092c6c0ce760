using System.Data.Common;
using System.Globalization;
using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>Statements of one open transaction, with their faults translated.</summary>
internal sealed class PostgresRows(NpgsqlConnection connection, NpgsqlTransaction transaction, TimeProvider? testClock)
{
    private string? _clock;

    /// <summary>The first fault since the last savepoint that was kept: PostgreSQL does nothing more in this transaction.</summary>
    public Exception? Broken { get; private set; }

    /// <summary>Runs statements that stand before the first of the caller's, in one round trip.</summary>
    /// <param name="first">The last one answers <c>hub_now()</c>.</param>
    /// <param name="sql">A select of the caller's, which goes along; null for none.</param>
    /// <returns>The database's own time, and the first row of <paramref name="sql"/>.</returns>
    public static async Task<(DateTimeOffset Now, T? First)> BeginAsync<T>(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TimeProvider? testClock, IEnumerable<NpgsqlBatchCommand> first, string? sql, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (testClock is not null) batch.BatchCommands.Add(Clock(Timestamps.Format(testClock.GetUtcNow())));
        foreach (var command in first) batch.BatchCommands.Add(command);
        var answers = batch.BatchCommands.OfType<NpgsqlBatchCommand>().SkipLast(1).Count(c => c.CommandText.StartsWith("select", StringComparison.Ordinal));
        if (sql is not null) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        for (; answers > 0; answers--) await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var now = Timestamps.Parse(reader.GetString(0));
        if (sql is null) return (now, default);
        await reader.NextResultAsync(cancellationToken);
        return (now, await reader.ReadAsync(cancellationToken) ? (T)reader.GetRowParser(typeof(T))(reader) : default);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        await RunAsync(async () => (await connection.QueryAsync<T>(Command(sql, arguments, cancellationToken))).AsList(), cancellationToken);

    public async Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        await RunAsync(() => connection.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, cancellationToken)), cancellationToken);

    public Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) =>
        RunAsync(() => connection.ExecuteAsync(Command(sql, arguments, cancellationToken)), cancellationToken);

    /// <summary>A statement and the commit behind it: when it fails, the server does not come to the commit.</summary>
    public Task<int> CommitAsync(string sql, IReadOnlyDictionary<string, object> arguments) =>
        RunAsync(async () =>
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            var last = new NpgsqlBatchCommand(sql);
            foreach (var (name, value) in arguments) last.Parameters.Add(new NpgsqlParameter(name, value is string text ? StoredText.Of(text) : value));
            batch.BatchCommands.Add(last);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            return await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }, CancellationToken.None);

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) =>
        RunAsync(async () =>
        {
            await using var reader = await connection.ExecuteReaderAsync(Command(sql, arguments, cancellationToken));
            while (await reader.ReadAsync(cancellationToken) && row(reader)) cancellationToken.ThrowIfCancellationRequested();
            return true;
        }, cancellationToken);

    public Task SaveAsync(string name, CancellationToken cancellationToken) => RunAsync(async () =>
    {
        await transaction.SaveAsync(name, cancellationToken);
        return true;
    }, cancellationToken);

    public async Task RollbackToAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await transaction.RollbackAsync(name, cancellationToken);
        }
        catch (Exception e)
        {
            throw PostgresFaults.Translate(e);
        }
        (Broken, _clock) = (null, null);
    }

    private async Task<T> RunAsync<T>(Func<Task<T>> run, CancellationToken cancellationToken)
    {
        try
        {
            if (testClock is not null) await SetClockAsync(testClock, cancellationToken);
            return await run();
        }
        catch (Exception e)
        {
            Broken ??= e;
            throw connection.FullState.HasFlag(System.Data.ConnectionState.Open) || e is OperationCanceledException
                ? PostgresFaults.Translate(e)
                : new HubUnavailableException(PostgresFaults.Lost, e);
        }
    }

    private async Task SetClockAsync(TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = Timestamps.Format(clock.GetUtcNow());
        if (now == _clock) return;
        await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { Clock(now) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        _clock = now;
    }

    private CommandDefinition Command(string sql, object? arguments, CancellationToken cancellationToken) =>
        new(sql, Safe(arguments), transaction, cancellationToken: cancellationToken);

    // A list is a statement for each of its items; no store passes free text so.
    public static object? Safe(object? arguments) => arguments is null or System.Collections.IList ? arguments : new PostgresArguments(arguments);

    private static NpgsqlBatchCommand Clock(string now) =>
        new("select set_config('controlchat.now', $1, true)") { Parameters = { new NpgsqlParameter { Value = now.ToString(CultureInfo.InvariantCulture) } } };
}

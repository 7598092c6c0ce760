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
    /// <returns>The database's own time.</returns>
    public static async Task<DateTimeOffset> BeginAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TimeProvider? testClock, IEnumerable<NpgsqlBatchCommand> first, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (testClock is not null) batch.BatchCommands.Add(Clock(Timestamps.Format(testClock.GetUtcNow())));
        foreach (var command in first) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select hub_now()"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        for (var answers = batch.BatchCommands.OfType<NpgsqlBatchCommand>().Count(c => c.CommandText.StartsWith("select", StringComparison.Ordinal)); answers > 1; answers--) await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return Timestamps.Parse(reader.GetString(0));
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        await RunAsync(async () => (await connection.QueryAsync<T>(Command(sql, arguments, cancellationToken))).AsList(), cancellationToken);

    public async Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) =>
        await RunAsync(() => connection.QueryFirstOrDefaultAsync<T>(Command(sql, arguments, cancellationToken)), cancellationToken);

    public Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) =>
        RunAsync(() => connection.ExecuteAsync(Command(sql, arguments, cancellationToken)), cancellationToken);

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

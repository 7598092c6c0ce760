using Npgsql;

namespace ControlChat.Harness;

/// <summary>
/// Holds up every write of a hub on PostgreSQL and lets one through at a time, so that a process can be stopped right after one commit and
/// before the next. Who writes leaves its mark in <c>commit_marks</c> first, and waits here for its turn, which comes in order.
/// </summary>
public sealed class HeldWriters : IAsyncDisposable
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(30);
    private readonly string _connectionString;
    private NpgsqlConnection _holder;

    private HeldWriters(string connectionString, NpgsqlConnection holder) => (_connectionString, _holder) = (connectionString, holder);

    public static async Task<HeldWriters> HoldAsync(string connectionString) => new(connectionString, await LockAsync(await OpenAsync(connectionString)));

    /// <summary>Lets one writer after the other commit until it has happened. What anybody wants to write after that still waits.</summary>
    public async Task LetThroughUntilAsync(Func<Task<bool>> happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        while (!await happened())
        {
            await WaitAsync(waiters: 1);
            // Behind the one that waits, and before whoever comes after it.
            var locking = LockAsync(await OpenAsync(_connectionString));
            await WaitAsync(waiters: 2);
            await _holder.DisposeAsync();
            _holder = await locking;
        }
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private async Task WaitAsync(int waiters)
    {
        await using var connection = await OpenAsync(_connectionString);
        await using var command = new NpgsqlCommand("select count(*) from pg_locks where relation = to_regclass('commit_marks') and not granted", connection);
        if (!await Soon.HoldsAsync(async () => (long)(await command.ExecuteScalarAsync())! >= waiters, _long)) throw new InvalidOperationException("Nobody came to write.");
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    // A session that ends takes its locks along.
    private static async Task<NpgsqlConnection> LockAsync(NpgsqlConnection connection)
    {
        await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("lock table commit_marks in exclusive mode", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}

using System.Globalization;
using ControlChat.Core.Hub.Postgres;
using Dapper;
using Npgsql;

namespace ControlChat.Tests.Support;

/// <summary>Meddles with the lock by which one process keeps a PostgreSQL database to itself.</summary>
internal sealed class HoldLock(string connectionString)
{
    private static readonly string _which = string.Create(CultureInfo.InvariantCulture,
        $"locktype = 'advisory' and objid = {PostgresHold.Lock} and database = (select oid from pg_database where datname = current_database())");

    /// <summary>The number of the server's process that serves the holder.</summary>
    public async Task<int> HolderAsync()
    {
        await using var connection = await ConnectAsync();
        return await HolderAsync(connection);
    }

    /// <summary>The holder loses its connection; ends when somebody, maybe the same one again, has the lock on another.</summary>
    public async Task LoseAsync()
    {
        await using var connection = await ConnectAsync();
        var lost = await HolderAsync(connection);
        await EndAsync(connection, lost);
        await Waiting.UntilAsync(async () => await HolderAsync(connection) is var now && now != 0 && now != lost);
    }

    /// <summary>The holder loses its connection, and the lock is the answer's until it is disposed.</summary>
    public async Task<NpgsqlConnection> TakeAwayAsync()
    {
        var taker = await ConnectAsync();
        await using var connection = await ConnectAsync();
        // The next in the queue has it in the moment the first one loses it.
        var taking = taker.ExecuteAsync("select pg_advisory_lock(@Lock)", new { Lock = (long)PostgresHold.Lock });
        await Waiting.UntilAsync(async () => await connection.QuerySingleAsync<long>($"select count(*) from pg_locks where {_which} and not granted") == 1);
        await EndAsync(connection, await HolderAsync(connection));
        await taking;
        return taker;
    }

    /// <summary>As another process of the hub: takes it away, leaves its mark, and ends.</summary>
    public async Task ServeMeanwhileAsync()
    {
        await using var taker = await TakeAwayAsync();
        await taker.ExecuteAsync("update hub_facts set value = 'prc_another' where name = 'held_by'");
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static Task<int> HolderAsync(NpgsqlConnection connection) => connection.QueryFirstOrDefaultAsync<int>($"select pid from pg_locks where {_which} and granted");

    private static Task<bool> EndAsync(NpgsqlConnection connection, int process) => connection.QuerySingleAsync<bool>("select pg_terminate_backend(@process)", new { process });
}

using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Harness;
using Npgsql;

namespace ControlChat.Bench.Stores;

internal sealed class PostgresStore : IBenchStore
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("controlchat-bench-");
    private readonly PostgresServer _server;
    private readonly string _connectionString;
    private readonly Dictionary<string, string> _settings;

    private PostgresStore(PostgresServer server, string connectionString)
    {
        (_server, _connectionString) = (server, connectionString);
        _settings = HubProcess.SettingsOn(connectionString, BenchStores.Settings);
    }

    public string Name => "PostgreSQL";

    public static async Task<IBenchStore> CreateAsync()
    {
        var server = await PostgresServer.StartAsync(durable: true);
        var store = new PostgresStore(server, await server.CreateDatabaseAsync());
        await using var database = store.Open();
        await database.MigrateAsync(CancellationToken.None);
        return store;
    }

    public HubDatabase Open() => new PostgresHubDatabase(_connectionString, TimeProvider.System);

    public Task<HubProcess> StartHubAsync() => HubProcess.StartAsync(_settings, _home.FullName);

    public async Task CopyAsync(string table, string[] columns, IEnumerable<object?[]> rows)
    {
        await using var connection = await ConnectAsync();
        await using var import = await connection.BeginBinaryImportAsync($"copy {table} ({string.Join(", ", columns)}) from stdin (format binary)");
        import.Timeout = TimeSpan.FromMinutes(5);
        foreach (var row in rows) await import.WriteRowAsync(CancellationToken.None, row);
        await import.CompleteAsync();
    }

    public async Task SettleAsync()
    {
        await using var connection = await ConnectAsync();
        foreach (var sql in new[] { "vacuum analyze", "checkpoint" })
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
            await command.ExecuteNonQueryAsync();
        }
    }

    public async Task<IRawAppender> RawAsync()
    {
        var connection = await ConnectAsync();
        await using (var create = new NpgsqlCommand("create table if not exists raw_row (seq bigint generated always as identity primary key, body text not null)", connection))
            await create.ExecuteNonQueryAsync();
        var command = new NpgsqlCommand("insert into raw_row (body) values ($1)", connection) { Parameters = { new NpgsqlParameter { Value = BenchStores.RawBody } } };
        await command.PrepareAsync();
        return new Appender(connection, command);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        return connection;
    }

    private sealed class Appender(NpgsqlConnection connection, NpgsqlCommand command) : IRawAppender
    {
        public Task AppendAsync() => command.ExecuteNonQueryAsync();

        public async ValueTask DisposeAsync()
        {
            await command.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}

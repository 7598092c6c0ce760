using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Harness;
using Microsoft.Data.Sqlite;

namespace ControlChat.Bench.Stores;

internal sealed class SqliteStore : IBenchStore
{
    private const int RowsPerTransaction = 50_000;
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("controlchat-bench-");

    public string Name => "SQLite";

    private string Data => Directory.CreateDirectory(Path.Combine(_home.FullName, "data"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    public static async Task<IBenchStore> CreateAsync()
    {
        var store = new SqliteStore();
        await using var database = store.Open();
        await database.MigrateAsync(CancellationToken.None);
        return store;
    }

    public HubDatabase Open() => new SqliteHubDatabase(Path.Combine(Data, "hub.db"), TimeProvider.System);

    public Task<HubProcess> StartHubAsync() => HubProcess.StartAsync(new Dictionary<string, string>(BenchStores.Settings) { ["Hub:Store"] = "sqlite" }, _home.FullName);

    public async Task CopyAsync(string table, string[] columns, IEnumerable<object?[]> rows)
    {
        await using var connection = Connect("hub.db");
        using var command = connection.CreateCommand();
        command.CommandText = $"insert into {table} ({string.Join(", ", columns)}) values ({string.Join(", ", columns.Select(c => "@" + c))})";
        var parameters = columns.Select(c => command.Parameters.Add(new SqliteParameter("@" + c, null))).ToList();
        foreach (var part in rows.Chunk(RowsPerTransaction))
        {
            await using var transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            foreach (var row in part)
            {
                for (var i = 0; i < row.Length; i++) parameters[i].Value = row[i] ?? DBNull.Value;
                command.ExecuteNonQuery();
            }
            transaction.Commit();
        }
    }

    public Task SettleAsync()
    {
        using var connection = Connect("hub.db");
        Run(connection, "pragma wal_checkpoint(truncate)");
        return Task.CompletedTask;
    }

    public Task<IRawAppender> RawAsync()
    {
        var connection = Connect("raw.db");
        Run(connection, "create table if not exists row (seq integer primary key, body text not null)");
        return Task.FromResult<IRawAppender>(new Appender(connection));
    }

    public ValueTask DisposeAsync()
    {
        _home.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private SqliteConnection Connect(string file)
    {
        var connection = SqliteLibrary.Open(Path.Combine(Data, file));
        Run(connection, "pragma journal_mode=wal; pragma synchronous=full");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class Appender : IRawAppender
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteCommand _command;

        public Appender(SqliteConnection connection)
        {
            _connection = connection;
            _command = connection.CreateCommand();
            _command.CommandText = "insert into row (body) values (@body)";
            _command.Parameters.AddWithValue("@body", BenchStores.RawBody);
            _command.Prepare();
        }

        public Task AppendAsync()
        {
            _command.ExecuteNonQuery();
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            await _command.DisposeAsync();
            await _connection.DisposeAsync();
        }
    }
}

using System.Data.Common;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresForTests))]

namespace ControlChat.Tests.Support;

/// <summary>The database a test runs on. What a store promises is tested on every one of them: an abstract class with the tests, and a class for each.</summary>
public sealed class TestStore
{
    private readonly Func<Task<StoredRows>> _make;

    private TestStore(SqlDialect dialect, Func<Task<StoredRows>> make) => (Dialect, _make) = (dialect, make);

    public static TestStore Sqlite { get; } = new(SqlDialect.Sqlite, () => Task.FromResult<StoredRows>(new SqliteRows()));

    public static TestStore Postgres { get; } = new(SqlDialect.Postgres, async () => await PostgresRows.NewAsync());

    public SqlDialect Dialect { get; }

    /// <summary>Room for the rows of one hub, with the schema made.</summary>
    public Task<StoredRows> NewAsync() => _make();

    private sealed class SqliteRows : StoredRows
    {
        public override HubDatabase Open(TimeProvider time) => new SqliteHubDatabase(Folder["hub.db"], time);

        public override DbConnection Connect() => SqliteLibrary.Open(Folder["hub.db"]);
    }

    private sealed class PostgresRows(string connectionString) : StoredRows
    {
        public static async Task<PostgresRows> NewAsync() => new(await PostgresForTests.NewDatabaseAsync());

        public override HubDatabase Open(TimeProvider time) => new PostgresHubDatabase(connectionString, time);

        public override DbConnection Connect()
        {
            var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
            connection.Open();
            return connection;
        }

        public override async ValueTask DisposeAsync()
        {
            await PostgresForTests.DropAsync(connectionString);
            await base.DisposeAsync();
        }
    }
}

/// <summary>The rows of one hub, and a folder for its files. They outlive the hubs opened on them, as they outlive a kill.</summary>
public abstract class StoredRows : IAsyncDisposable
{
    public TempFolder Folder { get; } = new();

    /// <summary>Another process over the same rows.</summary>
    public abstract HubDatabase Open(TimeProvider time);

    /// <summary>A connection past the hub, for whoever meddles with the rows.</summary>
    public abstract DbConnection Connect();

    public virtual ValueTask DisposeAsync()
    {
        Folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>One PostgreSQL server for the whole run, started by the first test that needs it; every hub gets a copy of one migrated database.</summary>
public sealed class PostgresForTests : IAsyncLifetime
{
    private static readonly SemaphoreSlim _one = new(1, 1);
    private static PostgresServer? _server;
    private static string? _template;

    /// <summary>A database with the schema of this version.</summary>
    public static async Task<string> NewDatabaseAsync()
    {
        // A copy of a database is made while nobody else makes one.
        await _one.WaitAsync();
        try
        {
            _server ??= await PostgresServer.StartAsync();
            _template ??= await MigratedAsync(_server);
            return await _server.CreateDatabaseAsync(_template);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A database with nothing in it.</summary>
    public static async Task<string> EmptyDatabaseAsync()
    {
        await DropAsync(await NewDatabaseAsync());
        return await _server!.CreateDatabaseAsync();
    }

    public static Task DropAsync(string connectionString) => _server!.DropDatabaseAsync(connectionString);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    private static async Task<string> MigratedAsync(PostgresServer server)
    {
        var made = await server.CreateDatabaseAsync();
        await using var database = new PostgresHubDatabase(made, TimeProvider.System);
        await database.MigrateAsync(CancellationToken.None);
        return made;
    }
}

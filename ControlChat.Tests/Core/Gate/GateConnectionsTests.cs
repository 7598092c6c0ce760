using System.Data.Common;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>A hub whose pool has two connections. What waits must hold none of them.</summary>
public sealed class GateConnectionsTests : IAsyncLifetime
{
    private FewConnections _rows = null!;
    private GateHub _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = new FewConnections(await PostgresForTests.NewDatabaseAsync());
        _hub = await GateHub.CreateAsync(_rows);
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Writes_that_wait_for_the_writer_let_others_read()
    {
        await using var other = new PostgresHubDatabase(_rows.At, TimeProvider.System);
        Task<Outcome>[] writes;
        await using (var held = await other.BeginAsync(CancellationToken.None))
        {
            writes = [.. Enumerable.Range(0, 4).Select(i => _hub.SetAsync($"n{i}", "text"))];
            await Waiting.UntilAsync(WaitsAsync, TimeSpan.FromSeconds(30));
            await using var reader = await _hub.Database.ReadAsync(CancellationToken.None);
            Assert.All(writes, write => Assert.False(write.IsCompleted));
        }
        Assert.All(await Task.WhenAll(writes), outcome => Assert.Equal("completed", outcome.Status));
    }

    [Fact]
    public async Task Tools_that_wait_for_somebody_let_others_read_and_write()
    {
        Task<Outcome>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => _hub.CallAsync("note.await", new { id = "n" }))];
        Assert.Equal("completed", (await _hub.SetAsync("n", "text")).Status);
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal(("completed", "n"), (outcome.Status, outcome.Result!["id"]!.GetValue<string>())));
    }

    private async Task<bool> WaitsAsync()
    {
        await using var connection = _rows.Connect();
        return await connection.QuerySingleAsync<bool>("select exists (select 1 from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted)");
    }

    private sealed class FewConnections(string at) : StoredRows
    {
        public string At => at;

        public override HubDatabase Open(TimeProvider time) =>
            new PostgresHubDatabase(new NpgsqlConnectionStringBuilder(at) { MaxPoolSize = 2, Options = "-c lock_timeout=60000" }.ConnectionString, time);

        public override DbConnection Connect()
        {
            var connection = new NpgsqlConnection(at + ";Pooling=false");
            connection.Open();
            return connection;
        }

        public override async ValueTask DisposeAsync()
        {
            await PostgresForTests.DropAsync(at);
            await base.DisposeAsync();
        }
    }
}

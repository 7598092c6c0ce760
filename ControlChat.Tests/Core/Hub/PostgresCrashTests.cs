using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Harness;
using Dapper;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>A server of its own, which loses its memory under an open transaction.</summary>
public sealed class PostgresCrashTests : IAsyncLifetime
{
    private PostgresServer _server = null!;
    private string _at = "";

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _at = await _server.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_commit_that_a_crash_swallowed_is_no_commit_although_others_use_its_transaction_id_again()
    {
        // Nothing of an open transaction reaches the disk before a commit does.
        await ExecuteAsync("alter system set wal_writer_delay = '10s'");
        _server.Stop(atOnce: false);
        await _server.StartAgainAsync();
        await using var hub = new PostgresHubDatabase(_at, TimeProvider.System);
        await hub.MigrateAsync(CancellationToken.None);
        foreach (var others in new[] { 0, 20 })
        {
            await using var lost = await hub.BeginAsync(CancellationToken.None);
            await lost.ExecuteAsync("insert into hub_facts (name, value) values ('lost', '')", null, CancellationToken.None);
            _server.Stop();
            await _server.StartAgainAsync();
            for (var i = 0; i < others; i++) await ExecuteAsync("insert into hub_facts (name, value) values (cast(gen_random_uuid() as text), '')");
            await Assert.ThrowsAsync<HubUnavailableException>(() => lost.CommitAsync(CancellationToken.None));
        }
        await using var reader = await hub.ReadAsync(CancellationToken.None);
        Assert.Equal(0, await reader.FindAsync<long>("select count(*) from hub_facts where name = 'lost'", null, CancellationToken.None));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_at + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }
}

using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>SQLite ends a transaction by itself when the disk is full; "or rollback" does the same on command.</summary>
public sealed class SqliteRollbackTests : IAsyncDisposable
{
    private const string GiveUp = "insert or rollback into hub_facts (name, value) values ('twice', 'b')";

    private readonly TempFolder _folder = new();
    private readonly SqliteHubDatabase _database;

    public SqliteRollbackTests() => _database = new SqliteHubDatabase(_folder["hub.db"], new FakeTime());

    [Fact]
    public async Task Nothing_of_a_transaction_that_the_database_gave_up_is_written()
    {
        await GivenUpAsync();
        await using var reader = await _database.ReadAsync(CancellationToken.None);
        Assert.Equal(0, await reader.FindAsync<long>("select count(*) from hub_facts where name in ('first', 'after')", null, CancellationToken.None));
    }

    [Fact]
    public async Task The_next_transaction_works()
    {
        await GivenUpAsync();
        await using (var next = await _database.BeginAsync(CancellationToken.None))
        {
            await next.ExecuteAsync("insert into hub_facts (name, value) values ('next', 'a')", null, CancellationToken.None);
            await next.CommitAsync(CancellationToken.None);
        }
        await using var reader = await _database.ReadAsync(CancellationToken.None);
        Assert.Equal("a", await reader.FindAsync<string>("select value from hub_facts where name = 'next'", null, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private async Task GivenUpAsync()
    {
        await _database.MigrateAsync(CancellationToken.None);
        await using (var before = await _database.BeginAsync(CancellationToken.None))
        {
            await before.ExecuteAsync("insert into hub_facts (name, value) values ('twice', 'a')", null, CancellationToken.None);
            await before.CommitAsync(CancellationToken.None);
        }
        await using var transaction = await _database.BeginAsync(CancellationToken.None);
        await transaction.ExecuteAsync("insert into hub_facts (name, value) values ('first', 'a')", null, CancellationToken.None);
        await Assert.ThrowsAnyAsync<Exception>(() => transaction.ExecuteAsync(GiveUp, null, CancellationToken.None));
        await Assert.ThrowsAsync<HubUnavailableException>(() => transaction.ExecuteAsync("insert into hub_facts (name, value) values ('after', 'a')", null, CancellationToken.None));
        await Assert.ThrowsAsync<HubUnavailableException>(() => transaction.CommitAsync(CancellationToken.None));
    }
}

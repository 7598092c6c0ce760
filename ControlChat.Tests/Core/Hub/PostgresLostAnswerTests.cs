using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>The connection is lost at the end of a transaction: what it says is what became of it.</summary>
public sealed class PostgresLostAnswerTests : IAsyncLifetime
{
    private const string Insert = "insert into hub_facts (name, value) values (@name, @value)";
    private readonly List<Announcement> _told = [];
    private string _at = "";
    private PostgresWire _wire = null!;
    private PostgresHubDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await PostgresForTests.NewDatabaseAsync();
        _wire = new PostgresWire(_at);
        _database = new PostgresHubDatabase(_wire.ConnectionString, TimeProvider.System) { Committed = _told.AddRange };
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _wire.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_committed_is_done_although_nobody_said_so(bool withStatement)
    {
        await using (var transaction = await BeginAsync())
        {
            _wire.LoseAnswers();
            await CommitAsync(transaction, withStatement);
        }
        Assert.Single(_told);
        Assert.Equal(withStatement ? 2 : 1, await CountAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_never_arrived_is_not_done_and_is_said_to_be_not(bool withStatement)
    {
        await using (var transaction = await BeginAsync())
        {
            _wire.Cut();
            await Assert.ThrowsAsync<HubUnavailableException>(() => CommitAsync(transaction, withStatement));
        }
        Assert.Empty(_told);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_last_statement_that_was_refused_and_whose_refusal_was_lost_is_not_done()
    {
        await using (var first = await BeginAsync()) await CommitAsync(first, withStatement: true);
        _told.Clear();
        await using (var transaction = await _database.BeginAsync(CancellationToken.None))
        {
            transaction.Hint("topic", "1");
            _wire.LoseAnswers();
            await Assert.ThrowsAsync<HubUnavailableException>(() => CommitAsync(transaction, withStatement: true));
        }
        Assert.Empty(_told);
        Assert.Equal(2, await CountAsync());
    }

    private async Task<IHubTransaction> BeginAsync()
    {
        var transaction = await _database.BeginAsync(CancellationToken.None);
        await transaction.ExecuteAsync(Insert, new { name = "x1", value = "" }, CancellationToken.None);
        transaction.Hint("topic", "1");
        return transaction;
    }

    private static Task CommitAsync(IHubTransaction transaction, bool withStatement) => withStatement
        ? transaction.CommitAsync(Insert, new Dictionary<string, object> { ["name"] = "x2", ["value"] = "" }, CancellationToken.None)
        : transaction.CommitAsync(CancellationToken.None);

    // Not over the wire.
    private async Task<long> CountAsync()
    {
        await using var database = new PostgresHubDatabase(_at, TimeProvider.System);
        return await database.FindAsync<long>("select count(*) from hub_facts where name like 'x%'", null, CancellationToken.None);
    }
}

using System.Data.Common;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>A transaction that begins with a select and ends with a statement, which cost no round trip of their own.</summary>
public abstract class LastStatementTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private const string Count = "select count(*) from hub_facts where name like 'x%'";

    [Fact]
    public async Task Both_belong_to_the_transaction()
    {
        var told = new List<Announcement>();
        Database.Committed = told.AddRange;
        var (transaction, before) = await Database.BeginAsync<long>(Count, CancellationToken.None);
        await using (transaction)
        {
            Assert.Equal(0, before);
            await transaction.ExecuteAsync(Insert, new { name = "x1", value = "" }, CancellationToken.None);
            transaction.Hint("topic", "1");
            await transaction.CommitAsync(Insert, Row("x2", "ü\0"), CancellationToken.None);
        }
        Assert.Equal("1", Assert.Single(told).Id);
        var (next, after) = await Database.BeginAsync<long>(Count, CancellationToken.None);
        await next.DisposeAsync();
        Assert.Equal(2, after);
        var (last, value) = await Database.BeginAsync<string>("select value from hub_facts where name = 'x2'", CancellationToken.None);
        await last.DisposeAsync();
        Assert.StartsWith("ü", value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_select_that_finds_nothing_or_fails_leaves_the_writer_to_others()
    {
        var (transaction, none) = await Database.BeginAsync<string>("select name from hub_facts where name = 'x'", CancellationToken.None);
        await transaction.DisposeAsync();
        Assert.Null(none);
        await Assert.ThrowsAnyAsync<Exception>(() => Database.BeginAsync<string>("select no_such_column from hub_facts", CancellationToken.None));
        await using var next = await Database.BeginAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_last_statement_that_fails_takes_the_whole_transaction_along()
    {
        var told = new List<Announcement>();
        Database.Committed = told.AddRange;
        await using (var transaction = await Database.BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync(Insert, new { name = "x1", value = "" }, CancellationToken.None);
            transaction.Hint("topic", "1");
            await Assert.ThrowsAnyAsync<DbException>(() => transaction.CommitAsync(Insert, Row("x1", ""), CancellationToken.None));
        }
        Assert.Empty(told);
        var (next, count) = await Database.BeginAsync<long>(Count, CancellationToken.None);
        await using (next) Assert.Equal(0, count);
    }

    private static Dictionary<string, object> Row(string name, string value) => new() { ["name"] = name, ["value"] = value };
}

public sealed class LastStatementOnSqliteTests() : LastStatementTests(TestStore.Sqlite);

public sealed class LastStatementOnPostgresTests() : LastStatementTests(TestStore.Postgres);

using ControlChat.Core.Hub.Sqlite;
using ControlChat.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>A statement is prepared once and used again, whatever became of it the time before.</summary>
public sealed class PreparedStatementTests : IAsyncDisposable
{
    private const string Insert = "insert into hub_facts (name, value) values (@name, @value)";
    private const string Select = "select value from hub_facts where name >= @name order by name";

    private readonly TempFolder _folder = new();
    private readonly SqliteHubDatabase _database;

    public PreparedStatementTests() => _database = new SqliteHubDatabase(_folder["hub.db"], new FakeTime());

    [Fact]
    public async Task A_statement_that_failed_runs_again()
    {
        await _database.MigrateAsync(CancellationToken.None);
        await using var transaction = await _database.BeginAsync(CancellationToken.None);
        foreach (var name in new[] { "x1", "x2" })
        {
            await transaction.ExecuteAsync(Insert, new { name, value = "1" }, CancellationToken.None);
            await Assert.ThrowsAsync<SqliteException>(() => transaction.ExecuteAsync(Insert, new { name, value = "2" }, CancellationToken.None));
        }
        Assert.Equal(["1", "1"], await transaction.QueryAsync<string>(Select, new { name = "x" }, CancellationToken.None));
    }

    [Fact]
    public async Task A_text_can_be_read_while_its_rows_are_being_looked_at()
    {
        await FillAsync();
        await using var reader = await _database.ReadAsync(CancellationToken.None);
        var seen = new List<string>();
        await reader.ScanAsync(Select, new { name = "x" }, row =>
        {
            seen.Add(row.GetString(0) + reader.FindAsync<string>(Select, new { name = "x2" }, CancellationToken.None).Result);
            return true;
        }, CancellationToken.None);
        Assert.Equal(["12", "22"], seen);
        Assert.Equal("1", await reader.FindAsync<string>(Select, new { name = "x" }, CancellationToken.None));
    }

    [Fact]
    public async Task A_scan_that_was_ended_early_holds_no_old_view_of_the_data()
    {
        await FillAsync();
        await using (var reader = await _database.ReadAsync(CancellationToken.None))
            await reader.ScanAsync(Select, new { name = "x" }, _ => false, CancellationToken.None);
        await using (var transaction = await _database.BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync(Insert, new { name = "x3", value = "3" }, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        await using var after = await _database.ReadAsync(CancellationToken.None);
        Assert.Equal(["1", "2", "3"], await after.QueryAsync<string>(Select, new { name = "x" }, CancellationToken.None));
    }

    [Fact]
    public async Task A_statement_sees_a_schema_that_changed_after_it_was_prepared()
    {
        await FillAsync();
        await using var transaction = await _database.BeginAsync(CancellationToken.None);
        const string count = "select count(*) from pragma_table_info('hub_facts')";
        var before = await transaction.FindAsync<long>(count, null, CancellationToken.None);
        await transaction.ExecuteAsync("alter table hub_facts add column extra text", null, CancellationToken.None);
        Assert.Equal(before + 1, await transaction.FindAsync<long>(count, null, CancellationToken.None));
        await transaction.ExecuteAsync(Insert, new { name = "x4", value = "4" }, CancellationToken.None);
        Assert.Equal("4", await transaction.FindAsync<string>(Select, new { name = "x4" }, CancellationToken.None));
    }

    [Fact]
    public async Task Lists_of_any_length_and_more_texts_than_are_kept_are_answered_right()
    {
        await FillAsync();
        await using var reader = await _database.ReadAsync(CancellationToken.None);
        for (var length = 1; length <= 3; length++)
        {
            var names = new[] { "x1", "x2", "x9" }.Take(length);
            Assert.Equal(Math.Min(length, 2), await reader.FindAsync<long>("select count(*) from hub_facts where name in @names", new { names }, CancellationToken.None));
        }
        for (var i = 0; i < 600; i++) Assert.Equal(i, await reader.FindAsync<long>($"select {i}", null, CancellationToken.None));
        Assert.Equal("1", await reader.FindAsync<string>(Select, new { name = "x" }, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private async Task FillAsync()
    {
        await _database.MigrateAsync(CancellationToken.None);
        await using var transaction = await _database.BeginAsync(CancellationToken.None);
        await transaction.ExecuteAsync(Insert, new { name = "x1", value = "1" }, CancellationToken.None);
        await transaction.ExecuteAsync(Insert, new { name = "x2", value = "2" }, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}

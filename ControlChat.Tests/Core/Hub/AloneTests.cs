using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>Statements that are a transaction of their own.</summary>
public abstract class AloneTests(TestStore store, FakeTime time) : OnEachDatabase(store, time)
{
    private const string Select = "select value from hub_facts where name = @name";

    [Fact]
    public async Task What_is_noted_is_found()
    {
        Assert.Null(await FindAsync("a"));
        Assert.Equal(1, await Database.NoteAsync(Insert, new { name = "a", value = "zwölf \0 'x'; --" }, CancellationToken.None));
        Assert.Contains("'x'; --", await FindAsync("a"), StringComparison.Ordinal);
        Assert.Equal(0, await Database.NoteAsync(Insert + " on conflict do nothing", new { name = "a", value = "2" }, CancellationToken.None));
    }

    [Fact]
    public async Task The_time_is_that_of_the_moment()
    {
        foreach (var _ in new[] { 1, 2 })
        {
            time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(Timestamps.Format(time.GetUtcNow()), await Database.FindAsync<string>("select hub_now()", null, CancellationToken.None));
        }
    }

    [Fact]
    public async Task One_that_fails_changes_nothing_and_the_next_ones_work()
    {
        await Database.NoteAsync(Insert, new { name = "a", value = "1" }, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => Database.NoteAsync(Insert, new { name = "a", value = "2" }, CancellationToken.None));
            Assert.Equal("1", await FindAsync("a"));
            Assert.Equal(1, await Database.NoteAsync(Insert, new { name = $"b{i}", value = "" }, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_find_cannot_write()
    {
        await Assert.ThrowsAsync<HubUnavailableException>(() => Database.FindAsync<string>(Insert + " returning name", new { name = "a", value = "1" }, CancellationToken.None));
        Assert.Null(await FindAsync("a"));
    }

    protected Task<string?> FindAsync(string name) => Database.FindAsync<string>(Select, new { name }, CancellationToken.None);
}

public sealed class AloneOnSqliteTests() : AloneTests(TestStore.Sqlite, new FakeTime());

public sealed class AloneOnPostgresTests() : AloneTests(TestStore.Postgres, new FakeTime())
{
    [Fact]
    public async Task A_note_does_not_wait_for_the_writer()
    {
        await using var writer = await Database.BeginAsync(CancellationToken.None);
        Assert.Equal(1, await Database.NoteAsync(Insert, new { name = "a", value = "1" }, CancellationToken.None));
        Assert.Equal("1", await FindAsync("a"));
    }

    [Fact]
    public async Task One_more_is_tried_when_the_server_ended_the_connection_meanwhile()
    {
        await FindAsync("a");
        await using (var writer = await Database.BeginAsync(CancellationToken.None))
            await writer.FindAsync<long>("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", null, CancellationToken.None);
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task A_search_is_planned_for_its_values_and_nothing_else_is()
    {
        const string Mode = "select current_setting('plan_cache_mode') where @any = @any";
        await using var reader = await Database.ReadAsync(CancellationToken.None);
        Assert.Equal("auto", await reader.FindAsync<string>(Mode, new { any = 1 }, CancellationToken.None));
        Assert.Equal("force_custom_plan", await reader.Searching.FindAsync<string>(Mode, new { any = 1 }, CancellationToken.None));
        Assert.Equal(["force_custom_plan"], await reader.Searching.QueryAsync<string>(Mode, new { any = 1 }, CancellationToken.None));
        await using var next = await Database.ReadAsync(CancellationToken.None);
        Assert.Equal("auto", await next.FindAsync<string>(Mode, new { any = 1 }, CancellationToken.None));
    }
}

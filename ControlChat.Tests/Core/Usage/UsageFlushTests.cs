using ControlChat.Core.Hub;
using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

public abstract class UsageFlushTests(TestStore store)
{
    [Fact]
    public async Task Counts_come_into_the_database_every_five_seconds_and_at_the_end()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        var counts = new UsageCounts(hub.Time);
        using var flush = hub.Flush(counts);
        await flush.StartAsync(default);
        counts.Called("acc_ben", null, UsageKinds.Tool, "workspace.list", "completed", TimeSpan.FromMilliseconds(4));
        await Waiting.UntilAsync(() => hub.Time.Waiting > 0);
        hub.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, counts.Waiting);
        hub.Time.Advance(TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(async () => (await hub.ReadAsync(UsageBy.Day)).Total.Calls == 1);

        counts.Called("acc_ben", null, UsageKinds.Tool, "workspace.list", "failed", TimeSpan.FromMilliseconds(4));
        await flush.StopAsync(default);

        Assert.Equal((2, 1), await TotalAsync(hub));
    }

    [Fact]
    public async Task Two_processes_at_once_count_everything_once()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(node => Task.Run(async () =>
        {
            await using var other = store.Dialect == SqlDialect.Postgres ? hub.Rows.Open(hub.Time) : null;
            var counts = new UsageCounts(hub.Time);
            using var flush = hub.Flush(counts, other);
            for (var round = 0; round < 20; round++)
            {
                for (var i = 0; i < 50; i++) counts.Called(i % 2 == 0 ? "acc_ben" : "acc_ada", null, UsageKinds.Tool, $"tool.{i % 10}", node == 0 ? "failed" : "completed", TimeSpan.FromMilliseconds(i));
                await flush.FlushAsync(default);
            }
        })));

        Assert.Equal((2_000, 1_000), await TotalAsync(hub));
        Assert.Equal([1_000, 1_000], (await hub.ReadAsync(UsageBy.Person)).Items.Select(i => i.Calls));
        Assert.Equal(10, (await hub.ReadAsync(UsageBy.Tool)).Items.Count(i => i.Calls == 200));
    }

    [Fact]
    public async Task While_the_database_is_away_counts_wait_and_come_once()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        var faulty = new FaultyDatabase(hub.Database) { OnBegin = () => new HubUnavailableException("away", new TimeoutException()) };
        var counts = new UsageCounts(hub.Time);
        using var flush = hub.Flush(counts, faulty);
        for (var i = 0; i < 5; i++)
        {
            counts.Called("acc_ben", null, UsageKinds.Tool, $"tool.{i}", "completed", TimeSpan.FromMilliseconds(4));
            await Assert.ThrowsAsync<HubUnavailableException>(() => flush.FlushAsync(default));
        }
        faulty.OnBegin = null;
        await flush.FlushAsync(default);
        await flush.FlushAsync(default);

        Assert.Equal((5, 0), await TotalAsync(hub));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_was_lost_counts_once(bool arrived)
    {
        await using var hub = await UsageHub.OpenAsync(store);
        var deaf = new DeafDatabase(hub.Database) { Loses = true, Commits = arrived };
        var counts = new UsageCounts(hub.Time);
        using var flush = hub.Flush(counts, deaf);
        counts.Called("acc_ben", null, UsageKinds.Tool, "a", "completed", TimeSpan.FromMilliseconds(4));
        await Assert.ThrowsAsync<HubUnavailableException>(() => flush.FlushAsync(default));
        counts.Called("acc_ben", null, UsageKinds.Tool, "b", "completed", TimeSpan.FromMilliseconds(4));
        Assert.Equal(arrived ? 1 : 0, (await hub.ReadAsync(UsageBy.Day)).Total.Calls);

        deaf.Loses = false;
        await flush.FlushAsync(default);

        Assert.Equal((2, 0), await TotalAsync(hub));
    }

    [Fact]
    public async Task A_day_ends_at_midnight_utc_whenever_it_is_written_down()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        var counts = new UsageCounts(hub.Time);
        using var flush = hub.Flush(counts);
        hub.Time.Jump(new DateTimeOffset(2026, 11, 21, 23, 59, 59, 999, TimeSpan.Zero));
        counts.Called("acc_ben", null, UsageKinds.Tool, "a", "completed", TimeSpan.FromMilliseconds(4));
        hub.Time.Jump(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        counts.Called("acc_ben", null, UsageKinds.Tool, "a", "completed", TimeSpan.FromMilliseconds(4));
        counts.Called("acc_ben", null, UsageKinds.Tool, "a", "completed", TimeSpan.FromMilliseconds(4));
        await flush.FlushAsync(default);

        Assert.Equal([("2026-11-22", 2L), ("2026-11-21", 1L), ("2026-11-20", 0L)], (await hub.ReadAsync(UsageBy.Day)).Items.Take(3).Select(i => (i.Key, i.Calls)));
    }

    [Fact]
    public async Task After_four_hundred_days_it_is_forgotten()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        await hub.CountAsync("acc_ben", "a");
        await hub.CountAsync("", "a");
        hub.Time.Sleep(TimeSpan.FromDays(UsageStore.Days));
        await hub.CountAsync("acc_ben", "b");
        using var flush = hub.Flush(new UsageCounts(hub.Time));
        await flush.ForgetAsync(default);
        Assert.Equal(8, await hub.FindAsync<long>("select count(*) from usage_days"));

        hub.Time.Sleep(TimeSpan.FromDays(1));
        await flush.ForgetAsync(default);

        Assert.Equal(3, await hub.FindAsync<long>("select count(*) from usage_days"));
        Assert.Equal("b", await hub.FindAsync<string>("select name from usage_days where account_id = '*'"));
        // The marks of the first two writers went too.
        Assert.Equal(1, await hub.FindAsync<long>("select count(*) from usage_marks"));
    }

    private static async Task<(long Calls, long Errors)> TotalAsync(UsageHub hub)
    {
        var total = (await hub.ReadAsync(UsageBy.Day)).Total;
        return (total.Calls, total.Errors);
    }
}

public sealed class UsageFlushOnSqliteTests() : UsageFlushTests(TestStore.Sqlite);

public sealed class UsageFlushOnPostgresTests() : UsageFlushTests(TestStore.Postgres);

using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;
using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

public abstract class UsageDeskTests(TestStore store)
{
    [Fact]
    public async Task Days_people_tokens_and_tools_each_add_up_to_the_same()
    {
        await using var hub = await FilledAsync();

        foreach (var by in new[] { UsageBy.Day, UsageBy.Person, UsageBy.Tool })
            Assert.Equal((12L, 2L), (await hub.ReadAsync(by)).Total is var total ? (total.Calls, total.Errors) : default);
        Assert.Equal([("acc_ben", "ben", 9L), ("acc_ada", "ada", 3L)], (await hub.ReadAsync(UsageBy.Person)).Items.Select(i => (i.Key, i.Name, i.Calls)));
        Assert.Equal([("workspace.list", 10L, 0L), ("workspace.rename", 2L, 2L)], (await hub.ReadAsync(UsageBy.Tool)).Items.Select(i => (i.Key, i.Calls, i.Errors)));
        Assert.Equal([("", 5L), ("tok_1", 4L)], (await hub.ReadAsync(UsageBy.Token, "acc_ben")).Items.Select(i => (i.Key, i.Calls)));
        var days = (await hub.ReadAsync(UsageBy.Day, "acc_ben")).Items;
        Assert.Equal((30, 9, "2026-11-21"), (days.Count, days[0].Calls, days[0].Key));
        Assert.Equal("acc_ben", Assert.Single((await hub.ReadAsync(UsageBy.Person, "acc_ben")).Items).Key);
        var tools = await hub.ReadAsync(UsageBy.Tool, "acc_ada");
        Assert.Equal((1, 3), (tools.Items.Count, tools.Total.Calls));
    }

    [Fact]
    public async Task Times_are_read_from_what_was_counted()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        await hub.CountAsync("acc_ben", "a", 94, ms: 10);
        await hub.CountAsync("acc_ben", "a", 6, ms: 2_000);

        var total = (await hub.ReadAsync(UsageBy.Tool)).Total;

        Assert.InRange(total.P50Ms!.Value, 9, 11);
        Assert.InRange(total.P95Ms!.Value, 1_800, 2_200);
    }

    [Fact]
    public async Task Everyone_sees_their_own_and_the_hubs_totals_and_no_more()
    {
        await using var hub = await FilledAsync();

        Assert.Equal(9, (await hub.ReadAsync(UsageBy.Day, "acc_ben", UsageHub.Ben)).Total.Calls);
        Assert.Equal(9, (await hub.ReadAsync(UsageBy.Token, "acc_ben", UsageHub.Ben)).Total.Calls);
        Assert.Equal(12, (await hub.ReadAsync(UsageBy.Day, null, UsageHub.Ben)).Total.Calls);
        Assert.Equal(12, (await hub.ReadAsync(UsageBy.Tool, null, UsageHub.Ben)).Total.Calls);
        foreach (var (by, account) in new (UsageBy, string?)[] { (UsageBy.Person, null), (UsageBy.Token, null), (UsageBy.Day, "acc_ada"), (UsageBy.Tool, "acc_ada"), (UsageBy.Day, "acc_nobody"), (UsageBy.Day, "*"), (UsageBy.Day, "") })
            Assert.IsType<UsageAnswer.Refused>(await AskAsync(hub, UsageHub.Ben, by, account));
    }

    [Fact]
    public async Task Rights_are_those_of_now()
    {
        await using var hub = await FilledAsync();
        await hub.WriteAsync("update accounts set role = 'member' where id = 'acc_ada'");
        Assert.IsType<UsageAnswer.Refused>(await AskAsync(hub, UsageHub.Ada, UsageBy.Person, null));
        await hub.WriteAsync("update accounts set closed_at = hub_now() where id = 'acc_ben'");
        Assert.IsType<UsageAnswer.Refused>(await AskAsync(hub, UsageHub.Ben, UsageBy.Day, "acc_ben"));
    }

    [Fact]
    public async Task Whoever_left_keeps_the_name_and_what_is_nobodys_says_so()
    {
        await using var hub = await FilledAsync();
        await hub.WriteAsync("update accounts set closed_at = hub_now() where id = 'acc_ben'");
        await hub.CountAsync("", UsageCounts.Others);

        Assert.Equal(["ben", "ada", "Not known"], (await hub.ReadAsync(UsageBy.Person)).Items.Select(i => i.Name));
    }

    [Fact]
    public async Task Pages_meet_in_every_order_also_when_numbers_move()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        for (var i = 0; i < 7; i++) await hub.CountAsync("acc_ben", $"tool.{i}", calls: 1 + i / 2, ms: 1 + i * 20, status: i % 2 == 0 ? "completed" : "failed");
        foreach (var sort in Enum.GetValues<UsageSort>())
        {
            var all = (await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Sort = sort })).Items.Select(i => i.Key).ToList();
            var paged = new List<string>();
            for (string? cursor = null; ;)
            {
                var page = await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Sort = sort, Limit = 3, Cursor = cursor });
                Assert.Equal(paged.Count == 0, page.Previous is null);
                paged.AddRange(page.Items.Select(i => i.Key));
                if (page.Next is null) break;
                cursor = page.Next;
            }
            Assert.Equal(all, paged);
        }
        var first = await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Limit = 3 });
        var second = await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Limit = 3, Cursor = first.Next });
        var third = await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Limit = 3, Cursor = second.Next });
        Assert.Equal(UsageReport.First, second.Previous);
        Assert.Equal(second.Items, (await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Limit = 3, Cursor = third.Previous })).Items);
        // The first of the list moves up; nobody of the second page is passed over.
        await hub.CountAsync("acc_ben", first.Items[^1].Key, 50);
        Assert.Equal(second.Items, (await hub.ReadAsync(UsageBy.Tool, ask: q => q with { Limit = 3, Cursor = first.Next })).Items);
        await Assert.ThrowsAsync<FormatException>(() => hub.ReadAsync(UsageBy.Tool, ask: q => q with { Cursor = "x" }));
        await Assert.ThrowsAsync<FormatException>(() => hub.ReadAsync(UsageBy.Tool, ask: q => q with { Cursor = "6162" }));
    }

    [Fact]
    public async Task More_people_than_stand_apart_stand_together()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        var counts = new UsageCounts(hub.Time);
        for (var i = 0; i < UsageTallies.Most + 50; i++) counts.Called($"acc_{i:0000}", null, UsageKinds.Tool, "a", "completed", TimeSpan.FromMilliseconds(2));
        using var flush = hub.Flush(counts);
        await flush.FlushAsync(default);

        var report = await hub.ReadAsync(UsageBy.Person, ask: q => q with { Limit = int.MaxValue });

        Assert.Equal((UsageTallies.Most + 1, UsageTallies.Most + 50), (report.Items.Count, report.Total.Calls));
        Assert.Equal(("All others", 50), (report.Items[0].Name, report.Items[0].Calls));
    }

    [Fact]
    public async Task What_is_left_of_today_is_the_days_limit_less_what_was_used()
    {
        await using var hub = await UsageHub.OpenAsync(store);
        hub.Settings.Current = new HubOptions { Limits = new LimitsSection { TokensPerDay = 100 } };
        await using (var transaction = await hub.Database.BeginAsync(default))
        {
            await TokenUsage.AddAsync(transaction, "acc_ben", 30, default);
            await transaction.CommitAsync(default);
        }
        var today = await hub.Desk.TodayAsync(UsageHub.Ben, default);
        Assert.Equal((30, 100, 70), (today.Tokens, today.PerDay, today.Left));
    }

    [Fact]
    public async Task Days_outside_are_not_counted()
    {
        await using var hub = await FilledAsync();
        hub.Time.Sleep(TimeSpan.FromDays(1));
        await hub.CountAsync("acc_ben", "workspace.list");

        Assert.Equal(12, (await hub.ReadAsync(UsageBy.Day, ask: q => q with { To = q.To.AddDays(-1) })).Total.Calls);
        Assert.Equal(1, (await hub.ReadAsync(UsageBy.Person, ask: q => q with { From = q.To })).Total.Calls);
    }

    private async Task<UsageHub> FilledAsync()
    {
        var hub = await UsageHub.OpenAsync(store);
        await hub.CountAsync("acc_ada", "workspace.list", 3);
        await hub.CountAsync("acc_ben", "workspace.list", 3);
        await hub.CountAsync("acc_ben", "workspace.rename", 2, "denied");
        await hub.CountAsync("acc_ben", "workspace.list", 4, token: "tok_1");
        return hub;
    }

    private static Task<UsageAnswer> AskAsync(UsageHub hub, Principal who, UsageBy by, string? account) =>
        hub.Desk.ReadAsync(who, new UsageQuery(hub.Today, hub.Today, by, account), default);
}

public sealed class UsageDeskOnSqliteTests() : UsageDeskTests(TestStore.Sqlite);

public sealed class UsageDeskOnPostgresTests() : UsageDeskTests(TestStore.Postgres);

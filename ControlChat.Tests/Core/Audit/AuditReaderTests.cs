using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class AuditReaderTests(TestStore store)
{
    private static readonly AuditViewer Admin = new("acc_1", true);
    private readonly AuditReader _reader = new();

    [Fact]
    public async Task Pages_go_newest_first_and_meet_without_gap_or_repeat()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 25);
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await SearchAsync(hub, AuditFilter.None, cursor, limit: 10);
            seen.AddRange(page.Items.Select(r => r.Seq));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(i => (long)i), seen);
    }

    [Fact]
    public async Task A_row_shows_every_field_and_its_chain()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 1);

        var row = Assert.Single((await SearchAsync(hub, AuditFilter.None)).Items);

        Assert.Equal((1L, "tool.applied", "completed", new AuditActor("acc_1", null, null, "rest"), "workspace.create", "r1", 1), (row.Seq, row.Event, row.Outcome, row.Actor, row.Tool, row.RequestId, row.PolicyVersion));
        Assert.Equal((hub.Time.GetUtcNow(), "row 1", AuditChain.Start), (row.At, (string?)row.Data["title"], row.PrevHash));
        Assert.Equal(AuditChain.Hash(row.PrevHash, 1, row.BodyHash), row.Hash);
    }

    [Fact]
    public async Task Each_filter_alone_and_all_together_find_the_row()
    {
        await using var hub = await MixedAsync();
        var all = new AuditFilter
        {
            Event = "tool.denied",
            Tool = "workspace.archive",
            Account = "acc_9",
            WorkspaceId = "ws_9",
            RunId = "run_9",
            ActionId = "act_9",
            Outcome = "denied",
            From = hub.Time.GetUtcNow(),
            To = hub.Time.GetUtcNow(),
            Text = "needle",
        };
        AuditFilter[] alone =
        [
            new() { Event = all.Event }, new() { Tool = all.Tool }, new() { Account = all.Account }, new() { WorkspaceId = all.WorkspaceId }, new() { RunId = all.RunId },
            new() { ActionId = all.ActionId }, new() { Outcome = all.Outcome }, new() { From = all.From }, new() { Text = all.Text }, all, all with { Text = null }, all with { From = null, To = null },
            new() { Account = all.Account, Outcome = all.Outcome }, new() { Tool = all.Tool, From = all.From }, new() { Text = "need", Outcome = "denied" },
        ];
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) while (await hub.Indexer.IndexAsync(default) > 0) { }
            foreach (var filter in alone) Assert.Equal([31L], (await SearchAsync(hub, filter)).Items.Select(r => r.Seq));
        }
        Assert.Empty((await SearchAsync(hub, all with { Outcome = "completed" })).Items);
        Assert.Empty((await SearchAsync(hub, new() { From = hub.Time.GetUtcNow().AddSeconds(1) })).Items);
        Assert.Equal(30, (await SearchAsync(hub, new() { To = hub.Time.GetUtcNow().AddSeconds(-1) })).Items.Count);
    }

    [Theory]
    [InlineData("needle", true)]
    [InlineData("NEED", true)]
    [InlineData("eedle", false)]
    [InlineData("zürich", true)]
    [InlineData("zurich", true)]
    [InlineData("ws_9", true)]
    [InlineData("workspace.arch", true)]
    [InlineData("needle zurich", true)]
    [InlineData("needle absent", false)]
    [InlineData("東京", true)]
    [InlineData("京", true)]
    [InlineData("\"quoted* OR", false)]
    [InlineData("4711", true)]
    [InlineData("...", false)]
    [InlineData("data", false)]
    public async Task Search_finds_words_from_their_beginning_indexed_or_not(string text, bool found)
    {
        await using var hub = await MixedAsync();
        var fresh = (await SearchAsync(hub, new() { Text = text })).Items.Any(r => r.Seq == 31);
        while (await hub.Indexer.IndexAsync(default) > 0) { }

        Assert.Equal((found, found), (fresh, (await SearchAsync(hub, new() { Text = text })).Items.Any(r => r.Seq == 31)));
    }

    [Fact]
    public async Task Search_pages_across_the_edge_of_the_index()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 30);
        await hub.Indexer.IndexAsync(default);
        await hub.AppendAsync(10);

        var first = await SearchAsync(hub, new() { Text = "row" }, limit: 15);
        var second = await SearchAsync(hub, new() { Text = "row" }, first.NextCursor, limit: 100);

        Assert.Equal(Enumerable.Range(1, 40).Reverse().Select(i => (long)i), first.Items.Concat(second.Items).Select(r => r.Seq));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task A_member_sees_only_what_they_did()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);
        await hub.AppendAsync(2, account: "acc_2");
        var member = new AuditViewer("acc_2", false);

        Assert.Equal([5L, 4L], (await SearchAsync(hub, AuditFilter.None, viewer: member)).Items.Select(r => r.Seq));
        Assert.Empty((await SearchAsync(hub, new() { Account = "acc_1" }, viewer: member)).Items);
        Assert.Empty((await SearchAsync(hub, new() { Text = "row 3", Account = "acc_1" }, viewer: member)).Items);
        Assert.Equal([5L, 4L], (await SearchAsync(hub, new() { Text = "row" }, viewer: member)).Items.Select(r => r.Seq));
        await using var session = await hub.Database.ReadAsync(default);
        Assert.Null(await _reader.FindAsync(session, member, 1, default));
        Assert.Equal(4, (await _reader.FindAsync(session, member, 4, default))?.Seq);
        Assert.Equal(1, (await _reader.FindAsync(session, Admin, 1, default))?.Seq);
        Assert.Equal(2, await _reader.CountNewerAsync(session, member, AuditFilter.None, 0, 10, default));
        Assert.Equal([5L, 4L], (await _reader.NewerAsync(session, Admin, AuditFilter.None, 3, 10, default)).Select(r => r.Seq));
    }

    [Fact]
    public async Task A_clock_that_went_back_hides_no_row_from_a_time_range()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 2);
        var start = hub.Time.GetUtcNow();
        hub.Time.Jump(start.AddHours(-2));
        await hub.AppendAsync(2);
        hub.Time.Jump(start.AddHours(1));
        await hub.AppendAsync(1);

        Assert.Equal([4L, 3L], (await SearchAsync(hub, new() { From = start.AddHours(-3), To = start.AddHours(-1) })).Items.Select(r => r.Seq));
        Assert.Equal([5L, 2L, 1L], (await SearchAsync(hub, new() { From = start })).Items.Select(r => r.Seq));
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 1);

        await Assert.ThrowsAsync<FormatException>(() => SearchAsync(hub, AuditFilter.None, "x"));
    }

    [Fact]
    public async Task Activity_counts_by_hour_and_day_indexed_or_not()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);
        hub.Time.Advance(TimeSpan.FromHours(2));
        await hub.AppendAsync(2, account: "acc_2");
        await hub.Trail.AppendAsync(AuditHub.Entry() with { Event = "tool.denied", Outcome = "denied" }, default);
        await hub.Trail.AppendAsync(AuditHub.Entry() with { Event = "signin.ok" }, default);
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) while (await hub.Indexer.IndexAsync(default) > 0) { }
            await using var session = await hub.Database.ReadAsync(default);
            var hours = await _reader.ActivityAsync(session, Admin, 1, 3, default);
            Assert.Equal([(8, 3, 0), (9, 0, 0), (10, 2, 1)], hours.Select(h => (h.Start.Hour, h.Applied, h.Refused)));
            var days = await _reader.ActivityAsync(session, new("acc_2", false), 24, 2, default);
            Assert.Equal([(20, 0, 0), (21, 2, 0)], days.Select(d => (d.Start.Day, d.Applied, d.Refused)));
        }
    }

    [Fact]
    public async Task However_many_rows_wait_for_the_index_a_page_looks_at_few_of_them_and_goes_on()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 5);
        await hub.Trail.AppendAsync(AuditHub.Entry() with { Event = "tool.denied", Outcome = "denied", Data = new() { ["title"] = "needle" } }, default);
        await hub.AppendAsync(AuditIndex.Near + 100);
        foreach (var filter in new AuditFilter[] { new() { Event = "tool.denied" }, new() { Text = "needle" }, new() { Account = "acc_1", Outcome = "denied" }, new() { From = hub.Time.GetUtcNow().AddDays(1) } })
        {
            var found = new List<long>();
            string? cursor = null;
            do
            {
                await using var session = await hub.Database.ReadAsync(default);
                var counted = new PlanReader(session);
                var page = await _reader.SearchAsync(counted, Admin, filter, cursor, 50, default);
                Assert.InRange(counted.Rows, 1, AuditIndex.Near + 60);
                found.AddRange(page.Items.Select(r => r.Seq));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            Assert.Equal(filter.From is null ? [6L] : [], found);
        }
        await using var reader = await hub.Database.ReadAsync(default);
        var newest = new PlanReader(reader);
        Assert.Equal(50, (await _reader.SearchAsync(newest, Admin, AuditFilter.None, null, 50, default)).Items.Count);
        Assert.InRange(newest.Rows, 50, 110);
        Assert.Equal(AuditIndex.Near, (await _reader.ActivityAsync(reader, Admin, 1, 1, default)).Sum(a => a.Applied));
    }

    /// <summary>Thirty plain rows, then an hour later row 31, which differs in everything.</summary>
    private async Task<AuditHub> MixedAsync()
    {
        var hub = await AuditHub.CreateAsync(store, rows: 30);
        hub.Time.Advance(TimeSpan.FromHours(1));
        await hub.Trail.AppendAsync(new AuditEntry("tool.denied", "denied", new("acc_9", null, null, "mcp"))
        {
            Tool = "workspace.archive",
            WorkspaceId = "ws_9",
            RunId = "run_9",
            ActionId = "act_9",
            Data = new() { ["title"] = "Needle in Zürich", ["note"] = "私は東京にいる", ["n"] = 4711 },
        }, default);
        return hub;
    }

    private async Task<AuditRows> SearchAsync(AuditHub hub, AuditFilter filter, string? cursor = null, int limit = 50, AuditViewer? viewer = null)
    {
        await using var session = await hub.Database.ReadAsync(default);
        return await _reader.SearchAsync(session, viewer ?? Admin, filter, cursor, limit, default);
    }
}

public sealed class AuditReaderOnSqliteTests() : AuditReaderTests(TestStore.Sqlite);

public sealed class AuditReaderOnPostgresTests() : AuditReaderTests(TestStore.Postgres);

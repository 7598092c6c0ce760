using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public abstract class WorkspaceSearchTests(TestStore store) : IAsyncLifetime
{
    private readonly WorkspaceSearch _search = new();
    protected WorkspaceHub Hub { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Hub = await WorkspaceHub.OpenAsync(store);

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    [Fact]
    public async Task The_latest_change_comes_first_and_nothing_is_lost_between_pages()
    {
        foreach (var n in Enumerable.Range(0, 7)) await Hub.AddAsync($"w{n}");
        var first = await ListAsync(limit: 3);
        var second = await ListAsync(limit: 3, after: first.Next);
        var third = await ListAsync(limit: 3, after: second.Next);
        Assert.Equal(["w6", "w5", "w4", "w3", "w2", "w1", "w0"], Titles(first).Concat(Titles(second)).Concat(Titles(third)));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task Entries_of_the_same_millisecond_are_all_met()
    {
        await Hub.WriteAsync(async t =>
        {
            foreach (var n in Enumerable.Range(0, 5))
                await Hub.Workspaces.InsertAsync(t, ControlChat.Core.Hub.Ids.New("ws"), $"w{n}", [], "acc_1", null, CancellationToken.None);
            return 0;
        });
        var first = await ListAsync(limit: 2);
        var second = await ListAsync(limit: 2, after: first.Next);
        var third = await ListAsync(limit: 2, after: second.Next);
        Assert.Equal(5, Titles(first).Concat(Titles(second)).Concat(Titles(third)).Distinct().Count());
    }

    [Fact]
    public async Task Only_members_see_a_workspace()
    {
        var id = await Hub.AddAsync("hers", "acc_2");
        Assert.Empty((await ListAsync()).Items);
        Assert.Null(await Hub.FindAsync(id));
        await Hub.JoinAsync(id, "acc_1", WorkspaceRole.Viewer);
        Assert.Equal(WorkspaceRole.Viewer, Assert.Single((await ListAsync()).Items).Role);
    }

    [Theory]
    [InlineData("ZÜR")]
    [InlineData("züri")]
    [InlineData("ür")]
    [InlineData("ÑANDÚ")]
    [InlineData("\"quoted\"")]
    [InlineData("50%_")]
    public async Task A_part_of_the_title_is_found_in_any_case(string text)
    {
        await Hub.AddAsync("Zürich ñandú \"quoted\" 50%_x");
        await Hub.AddAsync("other");
        Assert.StartsWith("Zürich", Assert.Single((await ListAsync(text: text)).Items).Title);
    }

    [Theory]
    [InlineData("OR")]
    [InlineData("zür* OR other")]
    [InlineData("title_key:zür")]
    public async Task Words_of_a_query_language_are_only_text(string text)
    {
        await Hub.AddAsync("zürich");
        Assert.Empty((await ListAsync(text: text)).Items);
    }

    [Fact]
    public async Task A_renamed_workspace_is_found_by_its_new_title_only()
    {
        var id = await Hub.AddAsync("alpha");
        await Hub.WriteAsync(t => Hub.Workspaces.RenameAsync(t, id, "alpha", "omega", null, CancellationToken.None));
        Assert.Empty((await ListAsync(text: "alpha")).Items);
        Assert.Single((await ListAsync(text: "omega")).Items);
    }

    [Fact]
    public async Task Tag_and_state_narrow_the_list()
    {
        var kept = await Hub.AddAsync("a", "acc_1", "docs", "x");
        await Hub.AddAsync("b", "acc_1", "x");
        Hub.Time.Advance(TimeSpan.FromSeconds(1));
        await Hub.WriteAsync(t => Hub.Workspaces.MoveAsync(t, kept, "active", "archived", null, CancellationToken.None));
        Assert.Equal(["a"], Titles(await ListAsync(tag: "docs")));
        Assert.Equal(["a"], Titles(await ListAsync(state: "archived")));
        Assert.Equal(["b"], Titles(await ListAsync(state: "active")));
        Assert.Empty((await ListAsync(tag: "docs", state: "active")).Items);
        Assert.Equal(["a", "b"], Titles(await ListAsync(tag: "x")));
    }

    [Fact]
    public void A_cursor_that_was_never_handed_out_is_refused()
    {
        Assert.Null(WorkspaceCursor.Decode("rubbish"));
        Assert.Null(WorkspaceCursor.Decode(new string('a', 500)));
        var cursor = new WorkspaceCursor(new DateTimeOffset(2026, 11, 21, 8, 0, 0, 5, TimeSpan.Zero), "ws_" + new string('0', 32));
        Assert.Equal(cursor, WorkspaceCursor.Decode(cursor.Encode()));
    }

    private async Task<WorkspacePage> ListAsync(string? text = null, string? tag = null, string? state = null, WorkspaceCursor? after = null, int limit = 50) =>
        await Hub.ReadAsync(r => _search.ListAsync(r, "acc_1", new WorkspaceFilter(text, tag, state, after, limit), CancellationToken.None));

    private static IEnumerable<string> Titles(WorkspacePage page) => page.Items.Select(w => w.Title);
}

public sealed class WorkspaceSearchOnSqliteTests() : WorkspaceSearchTests(TestStore.Sqlite)
{
    [Theory]
    [InlineData(null, null, "workspace_members_recent")]
    [InlineData("archived", null, "workspace_members_state")]
    [InlineData(null, "x", "workspace_members_recent")]
    public async Task A_page_is_read_in_the_order_of_an_index(string? state, string? tag, string index)
    {
        var filter = new WorkspaceFilter(null, tag, state, new WorkspaceCursor(Hub.Time.GetUtcNow(), "ws_1"), 50);
        var plan = await Hub.PlanOfAsync(WorkspaceSearch.Sql(TitleSearch.Of(SqlDialect.Sqlite), Lead.Account, filter, null), new { accountId = "acc_1", state, tag, at = Hub.Time.GetUtcNow(), id = "ws_1", limit = 51 });
        Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal) && line.Contains("SEARCH m", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("SCAN", StringComparison.Ordinal) || line.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rare_word_or_tag_leads_and_nothing_is_scanned()
    {
        var filter = new WorkspaceFilter("abc", "x", null, null, 50);
        foreach (var lead in (Lead[])[Lead.Text, Lead.Tag])
        {
            var plan = await Hub.PlanOfAsync(WorkspaceSearch.Sql(TitleSearch.Of(SqlDialect.Sqlite), lead, filter, "abc"), new { accountId = "acc_1", tag = "x", text = "abc", phrase = "\"abc\"", limit = 51 });
            Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) && !line.Contains("VIRTUAL TABLE INDEX", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task One_or_two_letters_go_through_an_index_of_titles_only()
    {
        var plan = await Hub.PlanOfAsync(WorkspaceSearch.Sql(TitleSearch.Of(SqlDialect.Sqlite), Lead.Short, new WorkspaceFilter("a", null, null, null, 50), "a"), new { accountId = "acc_1", text = "a", limit = 51 });
        Assert.Contains(plan, line => line.Contains("SCAN c USING COVERING INDEX workspaces_title_key", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) && !line.Contains("COVERING INDEX", StringComparison.Ordinal));
    }
}

public sealed class WorkspaceSearchOnPostgresTests() : WorkspaceSearchTests(TestStore.Postgres)
{
    [Fact]
    public async Task A_page_is_read_in_the_order_of_an_index_and_a_search_scans_nothing()
    {
        await Hub.AddAsync("one", "acc_1", "x");
        var after = new WorkspaceCursor(Hub.Time.GetUtcNow(), await Hub.AddAsync("two"));
        var search = new WorkspaceSearch();
        var inOrder = new WorkspaceFilter[] { new(null, null, null, null, 50), new(null, null, "archived", null, 50), new(null, null, null, after, 50), new(null, null, "active", after, 50) };
        await Hub.ReadAsync(async reader =>
        {
            var plans = new PlanReader(reader);
            foreach (var filter in inOrder) await search.ListAsync(plans, "acc_1", filter, CancellationToken.None);
            Assert.Empty(plans.Unindexed("workspaces", "workspace_members", "workspace_tags", "workspace_pins"));
            return 0;
        });
        await Hub.ReadAsync(async reader =>
        {
            // Rare ones lead: few rows, then sorted.
            var plans = new PlanReader(reader);
            foreach (var (text, tag) in new[] { ("one", (string?)null), (null, "x"), ("one", "x") }) await search.ListAsync(plans, "acc_1", new(text, tag, null, null, 50), CancellationToken.None);
            Assert.DoesNotContain(plans.Plans, p => p.Plan.Any(line => line.Contains("Seq Scan", StringComparison.Ordinal)));
            return 0;
        });
    }
}

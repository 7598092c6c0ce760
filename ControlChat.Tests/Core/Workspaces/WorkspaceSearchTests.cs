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

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(2000)]
    public async Task Whatever_leads_a_list_has_the_same_rows_in_the_same_order(int few)
    {
        // Few accounts, tags, words and moments, so that each of them is rare in one list and common in the next.
        var random = new Random(20_261_126);
        var words = new[] { "red", "blue", "az", "Zür", "a" };
        var all = new List<string>();
        for (var n = 0; n < 60; n++)
        {
            var tags = new[] { "x", "y", "rare" }.Where(t => random.Next(t == "rare" ? 12 : 2) == 0).ToArray();
            all.Add(await Hub.AddAsync($"{words[random.Next(words.Length)]} {words[random.Next(words.Length)]} {n}", random.Next(3) == 0 ? "acc_2" : "acc_1", tags));
            if (random.Next(4) == 0) await Hub.JoinAsync(all[^1], "acc_3", WorkspaceRole.Viewer);
            await ChangeAsync(all[random.Next(all.Count)], random);
        }
        var seen = 0;
        foreach (var account in new[] { "acc_1", "acc_2", "acc_3" })
        {
            var mine = (await Task.WhenAll(all.Select(id => Hub.FindAsync(id, account)))).OfType<Workspace>().OrderByDescending(w => w.UpdatedAt).ThenByDescending(w => w.Id, StringComparer.Ordinal).ToList();
            foreach (var text in new[] { null, "RED", "ed b", "zü", "a", "z", "none" })
                foreach (var tag in new[] { null, "x", "rare", "none" })
                    foreach (var state in new[] { null, WorkspaceState.Active, WorkspaceState.Archived })
                    {
                        var expected = mine.Where(w => (text is null || WorkspaceText.Key(w.Title).Contains(WorkspaceText.Key(text), StringComparison.Ordinal))
                            && (tag is null || w.Tags.Contains(tag)) && (state is null || w.State == state)).Select(w => w.Id).ToList();
                        Assert.Equal(expected, await PagesAsync(new WorkspaceSearch { Few = few }, account, new WorkspaceFilter(text, tag, state, null, 3)));
                        seen += expected.Count;
                    }
        }
        Assert.True(seen > 500, $"{seen} rows were compared");
    }

    [Fact]
    public void A_cursor_that_was_never_handed_out_is_refused()
    {
        Assert.Null(WorkspaceCursor.Decode("rubbish"));
        Assert.Null(WorkspaceCursor.Decode(new string('a', 500)));
        var cursor = new WorkspaceCursor(new DateTimeOffset(2026, 11, 21, 8, 0, 0, 5, TimeSpan.Zero), "ws_" + new string('0', 32));
        Assert.Equal(cursor, WorkspaceCursor.Decode(cursor.Encode()));
    }

    // Renamed, tagged otherwise or moved: each gives it another place in every list.
    private async Task ChangeAsync(string id, Random random)
    {
        Hub.Time.Advance(TimeSpan.FromMilliseconds(random.Next(2)));
        var now = await Hub.ReadAsync(r => r.FindAsync<Stored>("select title, tags, state from workspaces where id = @id", new { id }, CancellationToken.None));
        await Hub.WriteAsync(t => random.Next(3) switch
        {
            0 => Hub.Workspaces.RenameAsync(t, id, now!.Title, now.Title + "!", null, CancellationToken.None),
            1 => Hub.Workspaces.RetagAsync(t, id, Json.Read<string[]>(now!.Tags), ["x"], null, CancellationToken.None),
            _ => Hub.Workspaces.MoveAsync(t, id, now!.State, now.State == WorkspaceState.Active ? WorkspaceState.Archived : WorkspaceState.Active, null, CancellationToken.None),
        });
    }

    private async Task<IReadOnlyList<string>> PagesAsync(WorkspaceSearch search, string account, WorkspaceFilter filter)
    {
        var ids = new List<string>();
        while (true)
        {
            var page = await Hub.ReadAsync(r => search.ListAsync(r, account, filter, CancellationToken.None));
            ids.AddRange(page.Items.Select(w => w.Id));
            Assert.True(ids.Count <= 60, "Pages lead back to where they came from.");
            if (page.Next is null) return ids;
            filter = filter with { After = page.Next };
        }
    }

    private async Task<WorkspacePage> ListAsync(string? text = null, string? tag = null, string? state = null, WorkspaceCursor? after = null, int limit = 50) =>
        await Hub.ReadAsync(r => _search.ListAsync(r, "acc_1", new WorkspaceFilter(text, tag, state, after, limit), CancellationToken.None));

    private static IEnumerable<string> Titles(WorkspacePage page) => page.Items.Select(w => w.Title);

    private sealed record Stored
    {
        public string Title { get; init; } = "";
        public string Tags { get; init; } = "";
        public string State { get; init; } = "";
    }
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
        var plan = await Hub.PlanOfAsync(WorkspaceSearch.Page(TitleSearch.Of(SqlDialect.Sqlite), Lead.Account, filter, null), new { accountId = "acc_1", state, tag, at = Hub.Time.GetUtcNow(), id = "ws_1", limit = 51 });
        Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal) && line.Contains("SEARCH m", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("SCAN", StringComparison.Ordinal) || line.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rare_word_or_tag_leads_and_nothing_is_scanned()
    {
        var filter = new WorkspaceFilter("abc", "x", null, null, 50);
        foreach (var lead in (Lead[])[Lead.Text, Lead.Tag])
        {
            var plan = await Hub.PlanOfAsync(WorkspaceSearch.Page(TitleSearch.Of(SqlDialect.Sqlite), lead, filter, "abc"), new { accountId = "acc_1", tag = "x", text = "abc", phrase = "\"abc\"", few = 2000, limit = 51 });
            Assert.DoesNotContain(plan, line => line.Contains("SCAN", StringComparison.Ordinal) && !line.Contains("VIRTUAL TABLE INDEX", StringComparison.Ordinal) && !line.EndsWith("SCAN x", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(null, "x", "workspace_tags_recent")]
    [InlineData("a", "x", "workspace_tags_recent")]
    [InlineData("a", null, "workspace_members_recent")]
    public async Task The_latest_are_walked_in_the_order_of_the_list(string? text, string? tag, string index)
    {
        var filter = new WorkspaceFilter(text, tag, null, new WorkspaceCursor(Hub.Time.GetUtcNow(), "ws_1"), 50);
        var plan = await Hub.PlanOfAsync(WorkspaceSearch.Page(TitleSearch.Of(SqlDialect.Sqlite), tag is null ? Lead.Latest : Lead.Tag, filter, text),
            new { accountId = "acc_1", tag, text, at = Hub.Time.GetUtcNow(), id = "ws_1", few = 2000, limit = 51 });
        Assert.Contains(plan, line => line.Contains("USING", StringComparison.Ordinal) && line.Contains(index, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("SCAN m USING", StringComparison.Ordinal) || line.Contains("SCAN w", StringComparison.Ordinal) || line.Contains("SCAN c", StringComparison.Ordinal) || line.Contains("SCAN t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_or_two_letters_go_through_an_index_of_titles_only()
    {
        var plan = await Hub.PlanOfAsync(WorkspaceSearch.Page(TitleSearch.Of(SqlDialect.Sqlite), Lead.Short, new WorkspaceFilter("a", null, null, null, 50), "a"), new { accountId = "acc_1", text = "a", limit = 51 });
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

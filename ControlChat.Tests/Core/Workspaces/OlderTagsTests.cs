using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public abstract class OlderTagsTests(TestStore store)
{
    // The last one first.
    private static readonly string[] _back = ["delete from schema_versions where name = '023_tag_order'", "alter table workspace_tags drop column updated_at", "drop index workspace_tags_recent"];

    [Fact]
    public async Task Tags_of_an_older_version_get_their_places_in_the_lists()
    {
        await using var rows = await store.NewAsync();
        var time = new FakeTime();
        await using (var hub = rows.Open(time))
        {
            await hub.MigrateAsync(CancellationToken.None);
            foreach (var title in new[] { "first", "second", "third" }) await AddAsync(hub, time, title);
        }
        await using (var older = rows.Connect())
            foreach (var sql in _back.Concat(store.Dialect == SqlDialect.Sqlite ? ["drop trigger workspace_tags_made", "drop trigger workspaces_tags_moved"] : (string[])["drop function workspace_tag_made cascade", "drop function workspace_tags_moved cascade"]).Reverse())
                await older.ExecuteAsync(sql);
        await using var newer = rows.Open(time);
        await newer.MigrateAsync(CancellationToken.None);
        await using var reader = await newer.ReadAsync(CancellationToken.None);
        Assert.Equal(["third", "second", "first"], await TitlesAsync(reader, "x"));
    }

    // As a node of the version before does while this one serves already.
    [Fact]
    public async Task Writes_of_an_older_version_keep_their_places_in_the_lists()
    {
        await using var rows = await store.NewAsync();
        var time = new FakeTime();
        await using var hub = rows.Open(time);
        await hub.MigrateAsync(CancellationToken.None);
        foreach (var title in new[] { "first", "second", "third" }) await AddAsync(hub, time, title);
        await using (var older = rows.Connect())
        {
            const string Later = "2999-01-01T00:00:00.000Z";
            await older.ExecuteAsync("update workspaces set updated_at = @Later where title = 'first'", new { Later });
            await older.ExecuteAsync("update workspace_members set updated_at = @Later where workspace_id = (select id from workspaces where title = 'first')", new { Later });
            await older.ExecuteAsync("insert into workspace_tags (tag, workspace_id) select 'z', id from workspaces");
        }
        await using var reader = await hub.ReadAsync(CancellationToken.None);
        Assert.Equal(["first", "third", "second"], await TitlesAsync(reader, "x"));
        Assert.Equal(["first", "third", "second"], await TitlesAsync(reader, "z"));
    }

    private static async Task AddAsync(HubDatabase hub, FakeTime time, string title)
    {
        time.Advance(TimeSpan.FromSeconds(1));
        await using var transaction = await hub.BeginAsync(CancellationToken.None);
        await new WorkspaceStore().InsertAsync(transaction, Ids.New(WorkspaceId.Prefix), title, ["x", "y"], "acc_1", null, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    // In pages of two.
    private static async Task<IEnumerable<string>> TitlesAsync(IHubReader reader, string tag)
    {
        var search = new WorkspaceSearch();
        var page = await search.ListAsync(reader, "acc_1", new WorkspaceFilter(null, tag, null, null, 2), CancellationToken.None);
        var rest = await search.ListAsync(reader, "acc_1", new WorkspaceFilter(null, tag, null, page.Next, 2), CancellationToken.None);
        return page.Items.Concat(rest.Items).Select(w => w.Title);
    }
}

public sealed class OlderTagsOnSqliteTests() : OlderTagsTests(TestStore.Sqlite);

public sealed class OlderTagsOnPostgresTests() : OlderTagsTests(TestStore.Postgres);

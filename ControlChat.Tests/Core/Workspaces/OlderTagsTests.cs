using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public abstract class OlderTagsTests(TestStore store)
{
    [Fact]
    public async Task Tags_of_an_older_version_get_their_places_in_the_lists()
    {
        await using var rows = await store.NewAsync();
        var time = new FakeTime();
        await using (var hub = rows.Open(time))
        {
            await hub.MigrateAsync(CancellationToken.None);
            foreach (var title in new[] { "first", "second", "third" })
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await using var transaction = await hub.BeginAsync(CancellationToken.None);
                await new WorkspaceStore().InsertAsync(transaction, Ids.New(WorkspaceId.Prefix), title, ["x", "y"], "acc_1", null, CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }
        }
        await using (var older = rows.Connect())
            foreach (var sql in new[] { "drop index workspace_tags_recent", "alter table workspace_tags drop column updated_at", "delete from schema_versions where name = '023_tag_order'" })
                await older.ExecuteAsync(sql);
        await using var newer = rows.Open(time);
        await newer.MigrateAsync(CancellationToken.None);
        await using var reader = await newer.ReadAsync(CancellationToken.None);
        var search = new WorkspaceSearch();
        var page = await search.ListAsync(reader, "acc_1", new WorkspaceFilter(null, "x", null, null, 2), CancellationToken.None);
        var rest = await search.ListAsync(reader, "acc_1", new WorkspaceFilter(null, "x", null, page.Next, 2), CancellationToken.None);
        Assert.Equal(["third", "second", "first"], page.Items.Concat(rest.Items).Select(w => w.Title));
    }
}

public sealed class OlderTagsOnSqliteTests() : OlderTagsTests(TestStore.Sqlite);

public sealed class OlderTagsOnPostgresTests() : OlderTagsTests(TestStore.Postgres);

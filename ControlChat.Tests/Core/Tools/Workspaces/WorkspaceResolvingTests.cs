using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Workspaces;

public abstract class WorkspaceResolvingTests(TestStore store) : IAsyncLifetime
{
    private ToolBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ToolBench.OpenAsync(store);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_exact_title_wins_over_another_case()
    {
        await _bench.Hub.AddAsync("DATA");
        var id = await _bench.Hub.AddAsync("data");
        Assert.Equal(id, await ResolvedAsync("data"));
        Assert.Equal("ambiguous", (await _bench.RefusedAsync("workspace.get", new { workspace_id = "Data" })).Code);
    }

    [Fact]
    public async Task Two_of_one_title_are_named_with_their_ids_and_days()
    {
        var one = await _bench.Hub.AddAsync("data");
        var two = await _bench.Hub.AddAsync("data");
        await _bench.DoAsync("workspace.archive", new { workspace_id = two });
        var refusal = await _bench.RefusedAsync("workspace.rename", new { workspace_id = "data", title = "x" });
        Assert.Equal(("invalid", "ambiguous"), (refusal.Status, refusal.Code));
        Assert.Equal($"There are two workspaces called 'data': {one} (made 21 November), {two} (made 21 November, archived). Name one by its id.", refusal.Message);
    }

    [Fact]
    public async Task A_mistyped_title_is_answered_with_the_nearest()
    {
        var id = await _bench.Hub.AddAsync("river-gauge-api");
        await _bench.Hub.AddAsync("thesis");
        var refusal = await _bench.RefusedAsync("workspace.get", new { workspace_id = "river guage api" });
        Assert.Equal("not_found", refusal.Status);
        Assert.Contains($"'river-gauge-api' ({id})", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("thesis", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.Untrusted);
    }

    [Fact]
    public async Task A_strangers_title_in_a_refusal_taints()
    {
        var id = await _bench.Hub.AddAsync("river-gauge-api", "acc_2");
        await _bench.Hub.JoinAsync(id, "acc_1", WorkspaceRole.Viewer);
        Assert.True((await _bench.RefusedAsync("workspace.get", new { workspace_id = "river" })).Untrusted);
    }

    [Fact]
    public async Task What_one_may_not_see_is_not_there()
    {
        var id = await _bench.Hub.AddAsync("secret", "acc_2");
        var byId = await _bench.RefusedAsync("workspace.get", new { workspace_id = id });
        var byTitle = await _bench.RefusedAsync("workspace.rename", new { workspace_id = "secret", title = "x" });
        Assert.Equal(("not_found", "not_found"), (byId.Status, byTitle.Status));
        Assert.DoesNotContain(id, byTitle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_title_in_the_form_of_an_id_is_never_taken_for_one()
    {
        var stranger = "ws_" + new string('a', 32);
        await _bench.Hub.AddAsync(stranger);
        Assert.Equal("not_found", (await _bench.RefusedAsync("workspace.get", new { workspace_id = stranger })).Status);
    }

    [Theory]
    [InlineData("workspace.rename", WorkspaceRole.Viewer, false)]
    [InlineData("workspace.rename", WorkspaceRole.Collaborator, true)]
    [InlineData("workspace.tag", WorkspaceRole.Viewer, false)]
    [InlineData("workspace.tag", WorkspaceRole.Collaborator, true)]
    [InlineData("workspace.pin", WorkspaceRole.Viewer, true)]
    [InlineData("workspace.archive", WorkspaceRole.Collaborator, false)]
    [InlineData("workspace.archive", WorkspaceRole.Owner, true)]
    [InlineData("workspace.unarchive", WorkspaceRole.Collaborator, false)]
    [InlineData("workspace.delete", WorkspaceRole.Collaborator, false)]
    [InlineData("workspace.delete", WorkspaceRole.Owner, true)]
    [InlineData("workspace.restore", WorkspaceRole.Collaborator, false)]
    [InlineData("workspace.purge", WorkspaceRole.Collaborator, false)]
    public async Task Roles_are_the_tables_when_planning_and_again_when_applying(string tool, string role, bool may)
    {
        var id = await _bench.Hub.AddAsync("shared", "acc_2");
        await _bench.Hub.JoinAsync(id, "acc_1", role);
        var arguments = Arguments(tool, id);
        if (!may)
        {
            Assert.Equal("denied", (await _bench.RefusedAsync(tool, arguments)).Status);
            return;
        }
        var draft = await _bench.PlanAsync(tool, arguments);
        await _bench.Hub.WriteAsync(t => t.ExecuteAsync("delete from workspace_members where account_id = 'acc_1'", null, CancellationToken.None));
        await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync(tool, draft));
        await _bench.Hub.JoinAsync(id, "acc_1", role);
        await _bench.ApplyAsync(tool, draft);
    }

    [Fact]
    public async Task In_a_batch_later_steps_see_what_earlier_ones_will_have_done()
    {
        var create = await _bench.PlanAsync("workspace.create", new { title = "new", tags = (string[])["a"] });
        var id = create.Effects[0].Resource["workspace/".Length..];
        var tag = await _bench.PlanAsync("workspace.tag", new { workspace_id = id, add = (string[])["b"] }, create.Effects);
        Assert.Equal("""["a","b"]""", tag.Effects[0].After!.ToJsonString());
        Assert.Equal(0, Assert.Single(tag.ReadSet).Version);
        var rename = await _bench.PlanAsync("workspace.rename", new { workspace_id = "NEW", title = "newer" }, [.. create.Effects, .. tag.Effects]);
        var archive = await _bench.PlanAsync("workspace.archive", new { workspace_id = "newer" }, [.. create.Effects, .. rename.Effects]);
        Assert.Contains("'newer'", archive.Summary, StringComparison.Ordinal);
        Assert.Equal("not_found", (await _bench.RefusedAsync("workspace.archive", new { workspace_id = "new" }, [.. create.Effects, .. rename.Effects])).Status);
        var pin = await _bench.PlanAsync("workspace.pin", new { workspace_id = id, pinned = true }, create.Effects);
        Assert.Empty((await _bench.PlanAsync("workspace.pin", new { workspace_id = id, pinned = true }, [.. create.Effects, .. pin.Effects])).Effects);
        foreach (var (tool, draft) in (IEnumerable<(string, PlanDraft)>)[("workspace.create", create), ("workspace.tag", tag), ("workspace.rename", rename), ("workspace.archive", archive), ("workspace.pin", pin)])
            await _bench.ApplyAsync(tool, draft);
        var done = (await _bench.Hub.FindAsync(id))!;
        Assert.Equal(("newer", "archived", true), (done.Title, done.State, done.Pinned));
        Assert.Equal(["a", "b"], done.Tags);
    }

    [Fact]
    public async Task In_a_batch_what_is_deleted_can_be_purged_and_is_then_gone()
    {
        var id = await _bench.Hub.AddAsync("old");
        var delete = await _bench.PlanAsync("workspace.delete", new { workspace_id = "old" });
        var restore = await _bench.PlanAsync("workspace.restore", new { workspace_id = "old" }, delete.Effects);
        Assert.Equal("active", (string?)restore.Effects[0].After);
        var purge = await _bench.PlanAsync("workspace.purge", new { workspace_id = "old" }, delete.Effects);
        Assert.Equal("not_found", (await _bench.RefusedAsync("workspace.restore", new { workspace_id = id }, [.. delete.Effects, .. purge.Effects])).Status);
        await _bench.ApplyAsync("workspace.delete", delete);
        await _bench.ApplyAsync("workspace.purge", purge);
        Assert.Null(await _bench.Hub.FindAsync(id));
    }

    private static JsonObject Arguments(string tool, string id)
    {
        var arguments = new JsonObject { ["workspace_id"] = id };
        if (tool == "workspace.rename") arguments["title"] = "x";
        if (tool == "workspace.tag") arguments["add"] = new JsonArray("x");
        if (tool == "workspace.pin") arguments["pinned"] = true;
        return arguments;
    }

    private async Task<string?> ResolvedAsync(string text) => (string?)(await _bench.ReadAsync("workspace.get", new { workspace_id = text })).Value["workspace"]!["id"];
}

public sealed class WorkspaceResolvingOnSqliteTests() : WorkspaceResolvingTests(TestStore.Sqlite);

public sealed class WorkspaceResolvingOnPostgresTests() : WorkspaceResolvingTests(TestStore.Postgres);

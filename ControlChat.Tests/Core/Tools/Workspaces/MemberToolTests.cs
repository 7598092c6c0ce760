using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Workspaces;

public abstract class MemberToolTests(TestStore store) : IAsyncLifetime
{
    private ToolBench _bench = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        await _bench.Hub.AccountAsync("acc_1", "ada@example.org", "Ada");
        await _bench.Hub.AccountAsync("acc_2", "mara@example.org", "Mara");
        await _bench.Hub.AccountAsync("acc_3", "jo@example.org", "Jo");
        await _bench.Hub.AccountAsync("acc_9", "gone@example.org", "Gone", closed: true);
        _id = await _bench.Hub.AddAsync("w");
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Adding_resolves_an_address_to_one_account_and_shows_who_it_is()
    {
        var draft = await _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = "w", account = " MARA@example.org ", role = "viewer" });
        Assert.Equal("Add 'Mara' (mara@example.org) to 'w' as viewer", draft.Summary);
        Assert.Equal($$"""{"workspace_id":"{{_id}}","account":"acc_2","role":"viewer"}""", draft.Arguments.ToJsonString());
        var effect = Assert.Single(draft.Effects);
        Assert.Equal(("create", $"member/{_id}:acc_2", """{"name":"Mara","email":"mara@example.org","role":"viewer"}"""), (effect.Op, effect.Resource, effect.After!.ToJsonString()));
        Assert.Equal(new ReadVersion($"member/{_id}:acc_2", 0), Assert.Single(draft.ReadSet));
        Assert.Equal((true, ToolScope.Write, true), (draft.Access, draft.Scope, draft.Untrusted));
        await _bench.ApplyAsync("workspace.add_collaborator", draft);
        Assert.Equal(WorkspaceRole.Viewer, (await _bench.Hub.FindAsync(_id, "acc_2"))!.Role);
        Assert.Equal(1, await VersionAsync("acc_2"));
    }

    [Theory]
    [InlineData("acc_9")]
    [InlineData("gone@example.org")]
    [InlineData("nobody@example.org")]
    [InlineData("Mara")]
    [InlineData("mara@example")]
    public async Task Nobody_and_a_closed_account_are_refused_in_the_same_words(string account)
    {
        var refusal = await _bench.RefusedAsync("workspace.add_collaborator", new { workspace_id = _id, account, role = "viewer" });
        Assert.Equal(("not_found", "There is no account with this id or e-mail address here. Use the address the person signs in with; names are not looked up."), (refusal.Code, refusal.Message));
    }

    [Fact]
    public async Task An_address_of_two_accounts_names_nobody()
    {
        await _bench.Hub.AccountAsync("acc_4", "Mara@Example.org");
        Assert.Equal("ambiguous", (await _bench.RefusedAsync("workspace.add_collaborator", new { workspace_id = _id, account = "mara@example.org", role = "viewer" })).Code);
    }

    [Fact]
    public async Task Somebody_who_is_there_is_no_change_or_another_tools_affair()
    {
        await AddAsync("acc_2", "viewer");
        var same = await _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_2", role = "viewer" });
        Assert.Empty(same.Effects);
        Assert.Equal("viewer", (string?)same.Unchanged["member"]!["role"]);
        var other = await _bench.RefusedAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_2", role = "owner" });
        Assert.Equal("conflict", other.Code);
        Assert.Contains("workspace.set_role", other.Message, StringComparison.Ordinal);
        Assert.Empty((await _bench.PlanAsync("workspace.set_role", new { workspace_id = _id, account = "acc_2", role = "viewer" })).Effects);
    }

    [Fact]
    public async Task Every_change_has_a_way_back()
    {
        var add = await _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_2", role = "collaborator" });
        await _bench.ApplyAsync("workspace.add_collaborator", add);
        await _bench.UndoAsync(add);
        Assert.Null(await _bench.Hub.FindAsync(_id, "acc_2"));
        await AddAsync("acc_2", "collaborator");
        var promote = await _bench.PlanAsync("workspace.set_role", new { workspace_id = _id, account = "mara@example.org", role = "owner" });
        Assert.Equal(("role", "collaborator", "owner"), (promote.Effects[0].Field, (string?)promote.Effects[0].Before, (string?)promote.Effects[0].After));
        await _bench.ApplyAsync("workspace.set_role", promote);
        await _bench.UndoAsync(promote);
        Assert.Equal("collaborator", (await _bench.Hub.FindAsync(_id, "acc_2"))!.Role);
        var remove = await _bench.PlanAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "acc_2" });
        await _bench.ApplyAsync("workspace.remove_collaborator", remove);
        await _bench.UndoAsync(remove);
        Assert.Equal("collaborator", (await _bench.Hub.FindAsync(_id, "acc_2"))!.Role);
        // Back and forth, and the version never repeats.
        Assert.Equal(7, await VersionAsync("acc_2"));
    }

    [Fact]
    public async Task The_last_owner_can_neither_leave_nor_be_demoted()
    {
        await AddAsync("acc_2", "collaborator");
        Assert.Equal("conflict", (await _bench.RefusedAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "acc_1" })).Code);
        Assert.Equal("conflict", (await _bench.RefusedAsync("workspace.set_role", new { workspace_id = _id, account = "acc_1", role = "viewer" })).Code);
        await _bench.DoAsync("workspace.set_role", new { workspace_id = _id, account = "acc_2", role = "owner" });
        var leaving = await _bench.PlanAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "acc_1" });
        Assert.Contains("Only another owner can take it back.", Assert.Single(leaving.Warnings), StringComparison.Ordinal);
        var left = await _bench.ApplyAsync("workspace.remove_collaborator", leaving);
        Assert.Null(left["workspace"]);
        Assert.Equal("not_found", (await _bench.RefusedAsync("workspace.get", new { workspace_id = _id })).Code);
    }

    [Fact]
    public async Task Two_owners_who_remove_each_other_at_the_same_moment_leave_one()
    {
        await AddAsync("acc_2", "owner");
        var first = await _bench.PlanAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "acc_2" });
        _bench.Principal = WorkspaceHub.Person("acc_2");
        var second = await _bench.PlanAsync("workspace.set_role", new { workspace_id = _id, account = "acc_2", role = "viewer" });
        await _bench.ApplyAsync("workspace.set_role", second);
        _bench.Principal = WorkspaceHub.Person("acc_1");
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.remove_collaborator", first))).Code);
        // And by the store itself, where no version stands between.
        Assert.False(await _bench.Hub.WriteAsync(t => new MemberStore().RemoveAsync(t, _id, "acc_1", WorkspaceRole.Owner, CancellationToken.None)));
        Assert.False(await _bench.Hub.WriteAsync(t => new MemberStore().SetRoleAsync(t, _id, "acc_1", WorkspaceRole.Owner, WorkspaceRole.Viewer, CancellationToken.None)));
    }

    [Fact]
    public async Task A_closed_account_can_be_removed_and_does_not_count_as_an_owner()
    {
        await _bench.Hub.JoinAsync(_id, "acc_9", WorkspaceRole.Owner);
        Assert.Equal("conflict", (await _bench.RefusedAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "acc_1" })).Code);
        Assert.Equal("conflict", (await _bench.RefusedAsync("workspace.set_role", new { workspace_id = _id, account = "acc_9", role = "viewer" })).Code);
        var draft = await _bench.PlanAsync("workspace.remove_collaborator", new { workspace_id = _id, account = "gone@example.org" });
        Assert.Null(draft.Compensation);
        await _bench.ApplyAsync("workspace.remove_collaborator", draft);
        Assert.Null(await _bench.Hub.FindAsync(_id, "acc_9"));
    }

    [Fact]
    public async Task A_plan_about_somebody_who_moved_on_changes_nothing()
    {
        var (add, again) = (await PlanAddAsync("viewer"), await PlanAddAsync("owner"));
        await _bench.ApplyAsync("workspace.add_collaborator", add);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.add_collaborator", again))).Code);
        Assert.Equal("viewer", (await _bench.Hub.FindAsync(_id, "acc_2"))!.Role);
    }

    [Fact]
    public async Task Whose_role_ended_or_whose_account_was_closed_meanwhile_is_not_let_in()
    {
        var draft = await PlanAddAsync("viewer");
        await _bench.Hub.WriteAsync(t => t.ExecuteAsync("update accounts set closed_at = hub_now() where id = 'acc_2'", null, CancellationToken.None));
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.add_collaborator", draft))).Code);
        await _bench.Hub.WriteAsync(t => t.ExecuteAsync("update accounts set closed_at = null where id = 'acc_2'; update workspace_members set role = 'collaborator'", null, CancellationToken.None));
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.add_collaborator", draft))).Code);
    }

    [Fact]
    public async Task A_batch_sees_the_people_its_earlier_steps_let_in()
    {
        var made = await _bench.PlanAsync("workspace.create", new { title = "new" });
        var id = made.Effects[0].Resource["workspace/".Length..];
        var added = await _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = id, account = "acc_2", role = "owner" }, [.. made.Effects]);
        var left = await _bench.PlanAsync("workspace.remove_collaborator", new { workspace_id = id, account = "acc_1" }, [.. made.Effects, .. added.Effects]);
        Assert.Equal("delete", Assert.Single(left.Effects).Op);
        Assert.Equal("conflict", (await _bench.RefusedAsync("workspace.remove_collaborator", new { workspace_id = id, account = "acc_1" }, [.. made.Effects])).Code);
        Assert.Equal("not_found", (await _bench.RefusedAsync("workspace.rename", new { workspace_id = id, title = "x" }, [.. made.Effects, .. added.Effects, .. left.Effects])).Code);
    }

    [Fact]
    public async Task The_people_of_a_workspace_are_listed_with_it_and_are_other_peoples_text()
    {
        Assert.False((await _bench.ReadAsync("workspace.get", new { workspace_id = _id })).Untrusted);
        await AddAsync("acc_3", "viewer");
        await AddAsync("acc_2", "collaborator");
        var got = await _bench.ReadAsync("workspace.get", new { workspace_id = _id });
        Assert.True(got.Untrusted);
        Assert.Equal(["Ada owner", "Mara collaborator", "Jo viewer"], got.Value["members"]!.AsArray().Select(m => $"{m!["name"]} {m["role"]}"));
    }

    [Fact]
    public async Task An_account_owns_as_many_workspaces_as_it_may()
    {
        _bench.Hub.Settings.Current = new() { Limits = new() { Workspaces = 3 } };
        var (second, third) = (await _bench.PlanAsync("workspace.create", new { title = "2" }), await _bench.PlanAsync("workspace.create", new { title = "3" }));
        var refusal = await _bench.RefusedAsync("workspace.create", new { title = "4" }, [.. second.Effects, .. third.Effects]);
        Assert.Equal("denied", refusal.Status);
        Assert.Contains("You own 3 workspaces", refusal.Message, StringComparison.Ordinal);
        await _bench.ApplyAsync("workspace.create", second);
        var late = await _bench.PlanAsync("workspace.create", new { title = "late" });
        await _bench.ApplyAsync("workspace.create", third);
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.create", late))).Status);
        _bench.Principal = WorkspaceHub.Person("acc_2");
        await _bench.DoAsync("workspace.create", new { title = "somebody else's" });
    }

    [Fact]
    public async Task Nobody_is_made_an_owner_of_more_workspaces_than_they_may_own()
    {
        await AddAsync("acc_3", "viewer");
        var (late, lateToo) = (await PlanAddAsync("owner"), await _bench.PlanAsync("workspace.set_role", new { workspace_id = _id, account = "acc_3", role = "owner" }));
        _bench.Hub.Settings.Current = new() { Limits = new() { Workspaces = 1 } };
        await _bench.Hub.AddAsync("mara's", "acc_2");
        await _bench.Hub.AddAsync("jo's", "acc_3");
        foreach (var (tool, account) in new[] { ("workspace.add_collaborator", "acc_2"), ("workspace.set_role", "acc_3") })
        {
            var refusal = await _bench.RefusedAsync(tool, new { workspace_id = _id, account, role = "owner" });
            Assert.Equal("denied", refusal.Status);
            Assert.Contains("Limits:Workspaces", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.add_collaborator", late))).Status);
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("workspace.set_role", lateToo))).Status);
        await _bench.ApplyAsync("workspace.add_collaborator", await PlanAddAsync("collaborator"));
    }

    [Fact]
    public async Task A_batch_counts_what_its_earlier_steps_make_somebody_an_owner_of()
    {
        _bench.Hub.Settings.Current = new() { Limits = new() { Workspaces = 2 } };
        var (other, third) = (await _bench.Hub.AddAsync("x"), await _bench.Hub.AddAsync("y", "acc_2"));
        await _bench.Hub.JoinAsync(third, "acc_1", WorkspaceRole.Owner);
        var first = await PlanAddAsync("owner");
        Assert.Equal("denied", (await _bench.RefusedAsync("workspace.add_collaborator", new { workspace_id = other, account = "acc_2", role = "owner" }, [.. first.Effects])).Status);
        await _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = other, account = "acc_2", role = "viewer" }, [.. first.Effects]);
    }

    private Task<PlanDraft> PlanAddAsync(string role) => _bench.PlanAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_2", role });

    private Task<System.Text.Json.Nodes.JsonObject> AddAsync(string account, string role) => _bench.DoAsync("workspace.add_collaborator", new { workspace_id = _id, account, role });

    private Task<long> VersionAsync(string account) => _bench.Hub.ReadAsync(r => new MemberStore().VersionAsync(r, _id, account, CancellationToken.None));
}

public sealed class MemberToolOnSqliteTests() : MemberToolTests(TestStore.Sqlite);

public sealed class MemberToolOnPostgresTests() : MemberToolTests(TestStore.Postgres);

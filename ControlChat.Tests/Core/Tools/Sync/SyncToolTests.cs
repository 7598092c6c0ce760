using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Sync;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sync;
using ControlChat.Tests.Core.Tools.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Sync;

/// <summary>What the sync tools plan and apply, with the real rsync, on both databases.</summary>
[Collection(SshTurns.Name)]
public abstract class SyncToolTests(TestStore store, SshServer server) : IAsyncLifetime
{
    private readonly TempFolder _remote = new();
    private ToolBench _bench = null!;
    private string _id = "";

    private string Own => Path.Combine(_bench.Hub.Settings.Paths.WorkspacesRoot, _id);

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        _bench.Principal = TestPrincipals.Person("acc_1", "admin");
        _id = await _bench.Hub.AddAsync("w");
        Directory.CreateDirectory(Own);
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _remote.Dispose();
    }

    [Fact]
    public async Task Configuring_shows_before_and_after_and_is_undone_to_what_was_there()
    {
        var first = await _bench.PlanAsync("sync.configure", new { workspace_id = "w", remote = $"file://{_remote.Path}/", direction = "push", exclude = new[] { "*.tmp" } });
        Assert.Equal((ToolScope.Write, true, $"sync/{_id}", 0L), (first.Scope, first.Access, first.ReadSet.Single().Resource, first.ReadSet[0].Version));
        Assert.Equal([("create", "remote", _remote.Path), ("create", "direction", "push"), ("create", "exclude", "*.tmp")], first.Effects.Select(e => (e.Op, e.Field!, Text(e.After))));
        await _bench.ApplyAsync("sync.configure", first);
        var second = await _bench.PlanAsync("sync.configure", new { workspace_id = "w", remote = _remote.Path, direction = "pull" });
        Assert.Equal([("direction", "push", "pull"), ("exclude", "*.tmp", "")], second.Effects.Select(e => (e.Field!, Text(e.Before), Text(e.After))));
        Assert.Equal(1, second.ReadSet[0].Version);
        await _bench.ApplyAsync("sync.configure", second);
        Assert.Equal(("pull", 0), ((string?)(await StatusAsync())["direction"], (await StatusAsync())["exclude"]!.AsArray().Count));
        await _bench.UndoAsync(second);
        Assert.Equal(("push", "*.tmp"), ((string?)(await StatusAsync())["direction"], Text((await StatusAsync())["exclude"])));
        await _bench.UndoAsync(first);
        Assert.Null((await StatusAsync())["remote"]);
        Assert.Empty((await _bench.PlanAsync("sync.configure", new { workspace_id = "w", remote = (string?)null })).Effects);
        Assert.Equal(4, (await _bench.PlanAsync("sync.configure", new { workspace_id = "w", remote = (string?)null })).ReadSet[0].Version);
    }

    [Fact]
    public async Task The_key_that_is_pinned_is_the_one_that_was_shown()
    {
        await server.ReadyAsync();
        var remote = server.Remote(_remote.Path);
        var draft = await _bench.PlanAsync("sync.configure", new { workspace_id = _id, remote, direction = "push" });
        Assert.StartsWith($"{server.HostKey.Fingerprint} ssh-ed25519 ", Text(draft.Effects.Single(e => e.Field == "host_key").After), StringComparison.Ordinal);
        Assert.Contains(draft.Warnings, w => w.Contains(server.HostKey.Fingerprint, StringComparison.Ordinal));
        await server.ChangeHostKeyAsync();
        await _bench.ApplyAsync("sync.configure", draft);
        Assert.Equal($"ssh-ed25519 {server.HostKey.Fingerprint}", (string?)(await StatusAsync())["host_key"]);

        var anew = await _bench.PlanAsync("sync.configure", new { workspace_id = _id, remote, direction = "push" });
        Assert.Equal("host_key", Assert.Single(anew.Effects).Field);
        Assert.Contains(anew.Warnings, w => w.Contains("another than the one pinned before", StringComparison.Ordinal) && w.Contains(server.HostKey.Fingerprint, StringComparison.Ordinal));
        await _bench.ApplyAsync("sync.configure", anew);
        Assert.Equal($"ssh-ed25519 {server.OtherKey.Fingerprint}", (string?)(await StatusAsync())["host_key"]);
        // The way back needs no host.
        await _bench.UndoAsync(anew);
        Assert.Equal($"ssh-ed25519 {server.HostKey.Fingerprint}", (string?)(await StatusAsync())["host_key"]);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_unavailable()
    {
        var refused = await _bench.RefusedAsync("sync.configure", new { workspace_id = _id, remote = "ssh://127.0.0.1:1/x", direction = "push" });
        Assert.Equal(("unavailable", "unavailable"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_run_shows_every_difference_and_orders_exactly_that()
    {
        foreach (var name in (string[])["a", "b/c"]) SyncBed.Write(Own, name, name);
        SyncBed.Write(_remote.Path, "old", "old");
        await ConfigureAsync();
        var draft = await _bench.PlanAsync("sync.run", new { workspace_id = "w" });
        Assert.Equal(["create file/a", "create file/b/", "create file/b/c", "delete file/old", $"external sync/{_id}"], draft.Effects.Select(e => $"{e.Op} {e.Resource}"));
        var whole = draft.Effects[^1].After!.AsObject();
        Assert.Equal((3, 0, 1, 4), ((int)whole["create"]!, (int)whole["update"]!, (int)whole["delete"]!, (int)(long)whole["bytes"]!));
        Assert.Equal((ToolScope.Destructive, null, true, true), (draft.Scope, draft.Compensation, draft.Reversible, draft.Untrusted));
        Assert.Contains(draft.Warnings, w => w.Contains("no undo", StringComparison.Ordinal));
        Assert.Equal(new ReadVersion($"sync/{_id}", 1), Assert.Single(draft.ReadSet));
        Assert.Equal(["old"], SyncBed.Names(_remote.Path));

        _bench.Hub.Said.Clear();
        var result = await _bench.ApplyAsync("sync.run", draft);
        Assert.Equal("queued", (string?)result["state"]);
        Assert.StartsWith("act_", Assert.Single(_bench.Hub.Said, a => a.Topic == SyncKeeper.Order).Id, StringComparison.Ordinal);
        Assert.Equal("conflict", (await _bench.RefusedAsync("sync.run", new { workspace_id = "w" })).Code);
        Assert.Equal("conflict", (await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = (string?)null })).Code);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("sync.run", draft))).Code);
    }

    [Fact]
    public async Task Many_differences_are_named_in_part_and_approved_as_a_whole()
    {
        for (var i = 0; i < RunSync.MostNamed + 20; i++) SyncBed.Write(Own, $"f{i:000}", "x");
        await ConfigureAsync();
        var draft = await _bench.PlanAsync("sync.run", new { workspace_id = "w" });
        Assert.Equal(RunSync.MostNamed + 1, draft.Effects.Count);
        Assert.Contains(draft.Warnings, w => w.StartsWith($"{RunSync.MostNamed + 20} files", StringComparison.Ordinal));
        SyncBed.Write(Own, "f119", "longer");
        var other = await _bench.PlanAsync("sync.run", new { workspace_id = "w" });
        Assert.NotEqual(draft.Effects[^1].After!["digest"]!.GetValue<string>(), other.Effects[^1].After!["digest"]!.GetValue<string>());
        Assert.Equal(draft.Effects.SkipLast(1).Select(e => e.Resource), other.Effects.SkipLast(1).Select(e => e.Resource));
    }

    [Fact]
    public async Task Without_a_difference_there_is_nothing_to_ask_and_without_a_configuration_nothing_to_do()
    {
        Assert.Contains("sync.configure", (await _bench.RefusedAsync("sync.run", new { workspace_id = "w" })).Message, StringComparison.Ordinal);
        await ConfigureAsync();
        var draft = await _bench.PlanAsync("sync.run", new { workspace_id = "w" });
        Assert.Empty(draft.Effects);
        Assert.Equal("never", (string?)draft.Unchanged["state"]);
    }

    [Fact]
    public async Task A_look_at_a_shown_plan_asks_nothing_outside_and_a_plan_while_others_wait_to_write_is_refused()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a", "a");
        Directory.Delete(Own, recursive: true);
        Directory.CreateDirectory(Own);
        Assert.Single((await _bench.RecheckAsync("sync.run", new { workspace_id = "w" })).Effects);
        Assert.NotEmpty((await _bench.RecheckAsync("sync.configure", new { workspace_id = "w", remote = "ssh://127.0.0.1:1/x", direction = "push" })).Effects);
        await using var transaction = await _bench.Hub.Database.BeginAsync(CancellationToken.None);
        Assert.Throws<ToolRefusedException>(() => SyncTelling.RequireOwnPlan(new PlanningContext(transaction, _bench.Principal, _bench.Origin, null!, []), _id));
        Assert.Throws<ToolRefusedException>(() => SyncTelling.RequireOwnPlan(new PlanningContext(null!, _bench.Principal, _bench.Origin, null!, [new Effect("create", $"sync/{_id}", "remote", null, "/x")]), _id));
    }

    [Theory]
    [InlineData("--rsh=sh", null)]
    [InlineData("ssh://-oProxyCommand=id/x", null)]
    [InlineData("/a\nb", null)]
    [InlineData("ssh://h/../x", null)]
    [InlineData(null, "--rsh=sh")]
    [InlineData(null, "- x")]
    [InlineData(null, "!")]
    [InlineData(null, "a\nb")]
    public async Task What_would_be_taken_for_an_option_is_refused(string? remote, string? exclude)
    {
        var refused = await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = remote ?? _remote.Path, direction = "push", exclude = exclude is null ? null : new[] { exclude } });
        Assert.Equal("invalid", refused.Code);
    }

    [Fact]
    public async Task Only_listed_remotes_but_an_admin_of_a_hub_of_one_machine_may_name_any()
    {
        _bench.Principal = WorkspaceHub.Person("acc_1");
        Assert.Contains("Sync:Directories", (await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = _remote.Path, direction = "push" })).Message, StringComparison.Ordinal);
        var host = await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = "ssh://127.0.0.1:1/x", direction = "push" });
        Assert.Equal("denied", host.Code);
        Assert.Contains("Sync:Hosts", host.Message, StringComparison.Ordinal);
        _bench.Principal = TestPrincipals.Person("acc_1", "admin");
        var draft = await _bench.PlanAsync("sync.configure", new { workspace_id = "w", remote = _remote.Path, direction = "push" });
        // Who is no admin any more when it is applied, may not either.
        _bench.Principal = WorkspaceHub.Person("acc_1");
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync("sync.configure", draft))).Code);
        _bench.Principal = TestPrincipals.Person("acc_1", "admin");
        await _bench.ApplyAsync("sync.configure", draft);
        _bench.Hub.Settings.Current = new() { Hub = new() { Store = "postgres" } };
        Assert.Equal("denied", (await _bench.RefusedAsync("sync.run", new { workspace_id = "w" })).Code);
        Assert.Equal("denied", (await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = _remote.Path, direction = "pull" })).Code);
    }

    [Fact]
    public async Task Places_of_the_hub_are_refused_to_everybody_also_when_a_link_leads_there_later()
    {
        var paths = _bench.Hub.Settings.Paths;
        Directory.CreateSymbolicLink(_remote["link"], paths.DataDirectory);
        foreach (var place in (string[])[paths.DataDirectory, paths.WorkspacesRoot, Own, "/", Path.GetDirectoryName(paths.DataDirectory)!, _remote["link"], _remote["link/workspaces"]])
            Assert.Equal(("denied", place), ((await _bench.RefusedAsync("sync.configure", new { workspace_id = "w", remote = place, direction = "push" })).Code, place));
        Directory.CreateDirectory(_remote["later"]);
        await _bench.DoAsync("sync.configure", new { workspace_id = "w", remote = _remote["later"], direction = "push" });
        Directory.Delete(_remote["later"]);
        Directory.CreateSymbolicLink(_remote["later"], paths.DataDirectory);
        Assert.Equal("denied", (await _bench.RefusedAsync("sync.run", new { workspace_id = "w" })).Code);
    }

    [Fact]
    public async Task Only_an_active_workspace_is_synced_and_nothing_of_it_outlives_a_purge()
    {
        await ConfigureAsync();
        await _bench.DoAsync("workspace.delete", new { workspace_id = _id });
        Assert.Equal("conflict", (await _bench.RefusedAsync("sync.run", new { workspace_id = _id })).Code);
        Assert.Equal("conflict", (await _bench.RefusedAsync("sync.configure", new { workspace_id = _id, remote = _remote.Path, direction = "pull" })).Code);
        await _bench.DoAsync("workspace.purge", new { workspace_id = _id });
        Assert.Equal(0, await _bench.Hub.ReadAsync(r => r.FindAsync<long>("select count(*) from sync_configs", null, CancellationToken.None)));
    }

    [Fact]
    public async Task Whoever_only_looks_sees_the_status_and_it_is_not_their_own_words()
    {
        await ConfigureAsync();
        await _bench.Hub.JoinAsync(_id, "acc_2", WorkspaceRole.Viewer);
        _bench.Principal = WorkspaceHub.Person("acc_2");
        var read = await _bench.ReadAsync("sync.status", new { workspace_id = _id });
        Assert.Equal((true, _remote.Path, "never"), (read.Untrusted, (string?)read.Value["remote"], (string?)read.Value["state"]));
        Assert.Equal("denied", (await _bench.RefusedAsync("sync.run", new { workspace_id = _id })).Code);
    }

    [Fact]
    public async Task On_a_lite_hub_the_workspace_need_not_be_named()
    {
        _bench.Hub.Settings.Current = new() { Hub = new() { Kind = "lite" } };
        SyncBed.Write(_bench.Hub.Settings.Paths.LocalWorkspace, "a", "a");
        await _bench.DoAsync("sync.configure", new { remote = _remote.Path, direction = "push" });
        var draft = await _bench.PlanAsync("sync.run", new { });
        Assert.Equal(["file/a", "sync/local"], draft.Effects.Select(e => e.Resource));
        await _bench.ApplyAsync("sync.run", draft);
        Assert.Equal(("local", "queued"), ((string?)(await _bench.ReadAsync("sync.status", new { workspace_id = "local" })).Value["workspace_id"], (string?)(await _bench.ReadAsync("sync.status", new { })).Value["state"]));
        Assert.Equal("not_found", (await _bench.RefusedAsync("sync.status", new { workspace_id = _id })).Code);
        _bench.Principal = WorkspaceHub.Person("acc_2");
        Assert.Equal("denied", (await _bench.RefusedAsync("sync.configure", new { remote = (string?)null })).Code);
        _bench.Hub.Settings.Current = new();
        Assert.Equal("invalid", (await _bench.RefusedAsync("sync.status", new { })).Code);
    }

    private Task<JsonObject> ConfigureAsync(string direction = "push") => _bench.DoAsync("sync.configure", new { workspace_id = _id, remote = _remote.Path, direction });

    private async Task<JsonObject> StatusAsync() => (await _bench.ReadAsync("sync.status", new { workspace_id = _id })).Value;

    private static string Text(JsonNode? value) => value is JsonArray list ? string.Join(' ', list.Select(i => i!.GetValue<string>())) : value?.GetValue<string>() ?? "(none)";
}

public sealed class SyncToolOnSqliteTests(SshServer server) : SyncToolTests(TestStore.Sqlite, server);

public sealed class SyncToolOnPostgresTests(SshServer server) : SyncToolTests(TestStore.Postgres, server);

using System.Text.Json.Nodes;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Sync;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sync;

/// <summary>From the request to the moved files, over REST and through the gate, with the real rsync.</summary>
public sealed class SyncFlowTests : IAsyncLifetime
{
    private readonly TempFolder _remote = new();
    private TestHub _hub = null!;
    private string _id = "";

    private string Own => Path.Combine(_hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, _id);

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        _id = (string)(await CallAsync("workspace.create", new { title = "Billing" }))["result"]!["workspace"]!["id"]!;
        await Waiting.UntilAsync(() => Directory.Exists(Own), TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _remote.Dispose();
    }

    [Fact]
    public async Task What_is_approved_is_moved_and_both_rows_are_on_the_record()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a/b", "b");
        SyncBed.Write(_remote.Path, "old", "old");
        var asked = await CallAsync("sync.run", new { workspace_id = _id });
        Assert.Equal("confirmation_required", (string?)asked["status"]);
        Assert.Equal(["old"], SyncBed.Names(_remote.Path));
        var applied = await ApproveAsync(asked);
        Assert.Equal("completed", (string?)applied["status"]);
        var status = await EndAsync();
        Assert.Equal(("completed", 1, 100), ((string?)status["state"], (int)status["progress"]!["files"]!, (int)status["progress"]!["percent"]!));
        Assert.Equal(SyncBed.Names(Own), SyncBed.Names(_remote.Path));
        var rows = (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/audit?action_id={applied["action_id"]}"))["items"]!.AsArray();
        Assert.Equal(["system tool.applied completed", "rest tool.applied completed"], rows.Select(r => $"{r!["actor"]!["via"]} {r["event"]} {r["outcome"]}"));
        Assert.All(rows, r => Assert.Equal(_id, (string?)r!["workspace_id"]));
        Assert.False((bool)applied["undo"]!["available"]!);
    }

    [Fact]
    public async Task What_changed_between_the_plan_and_the_approval_moves_nothing()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a", "a");
        var asked = await CallAsync("sync.run", new { workspace_id = _id });
        SyncBed.Write(Own, "b", "smuggled in");
        await ApproveAsync(asked);
        var status = await EndAsync();
        Assert.Equal("failed", (string?)status["state"]);
        Assert.Contains("ask for sync.run again", (string?)status["last_error"], StringComparison.Ordinal);
        Assert.Empty(SyncBed.Names(_remote.Path));
    }

    [Fact]
    public async Task A_configuration_that_moved_makes_the_plan_stale_and_the_fresh_one_has_the_new_difference()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a", "a");
        SyncBed.Write(_remote.Path, "theirs", "theirs");
        var asked = await CallAsync("sync.run", new { workspace_id = _id });
        await ConfigureAsync("pull");
        var stale = await DecideAsync(asked);
        Assert.Equal((409, "plan_stale"), (stale.Status, (string?)stale.Body["code"]));
        var effects = stale.Body["plan"]!["effects"]!.AsArray();
        Assert.Equal(["delete file/a", "create file/theirs"], effects.Take(2).Select(e => $"{e!["op"]} {e["resource"]}"));
        Assert.NotNull(stale.Body["approval_id"]);
    }

    [Fact]
    public async Task A_dry_run_can_be_applied_and_changes_nothing_before()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a", "a");
        var (_, planned) = await TestHub.PostAsync(_hub.Browser, "/api/v1/tools/sync.run", new { request_id = Guid.NewGuid().ToString("n"), arguments = new { workspace_id = _id }, dry_run = true });
        Assert.Equal("planned", (string?)planned["status"]);
        Assert.Empty(SyncBed.Names(_remote.Path));
        var (_, asked) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/plans/{planned["plan"]!["id"]}/apply", new { request_id = Guid.NewGuid().ToString("n") });
        await ApproveAsync(asked);
        Assert.Equal("completed", (string?)(await EndAsync())["state"]);
        Assert.Equal(["a"], SyncBed.Names(_remote.Path));
    }

    [Fact]
    public async Task A_frozen_workspace_is_not_synced()
    {
        await ConfigureAsync();
        SyncBed.Write(Own, "a", "a");
        var asked = await CallAsync("sync.run", new { workspace_id = _id });
        await TestHub.PostAsync(_hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = _id, reason = "a look" });
        Assert.Equal(423, (await DecideAsync(asked)).Status);
        Assert.Empty(SyncBed.Names(_remote.Path));
    }

    [Fact]
    public async Task Configuring_is_undone_through_the_gate()
    {
        var configured = await ConfigureAsync();
        var undo = await CallAsync("undo", new { action_id = (string?)configured["action_id"] });
        Assert.Equal("confirmation_required", (string?)undo["status"]);
        Assert.Equal("completed", (string?)(await ApproveAsync(undo))["status"]);
        Assert.Null((await StatusAsync())["remote"]);
    }

    [Fact]
    public async Task A_run_is_cancelled_by_its_owner_even_while_the_hub_is_frozen_and_not_by_an_api_token_of_reading()
    {
        await _hub.DisposeAsync();
        _hub = await TestHub.StartAsync(args: ["--Sync:KilobytesPerSecond=64"]);
        _id = (string)(await CallAsync("workspace.create", new { title = "Billing" }))["result"]!["workspace"]!["id"]!;
        await Waiting.UntilAsync(() => Directory.Exists(Own), TimeSpan.FromMinutes(1));
        await ConfigureAsync();
        File.WriteAllBytes(Path.Combine(Own, "big"), new byte[64 << 20]);
        await ApproveAsync(await CallAsync("sync.run", new { workspace_id = _id }));
        await Waiting.UntilAsync(async () => (string?)(await StatusAsync())["state"] == "running" && (long)(await StatusAsync())["progress"]!["bytes"]! > 0, TimeSpan.FromMinutes(2));
        await TestHub.PostAsync(_hub.Browser, "/api/v1/freezes", new { scope = "hub", reason = "a look" });
        var reading = await _hub.TokenAsync(ControlChat.Core.Accounts.TokenScopes.Read);
        Assert.Equal(403, (await TestHub.PostAsync(reading, $"/api/v1/sync/{_id}/cancel")).Status);
        Assert.Equal(202, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/sync/{_id}/cancel")).Status);
        Assert.Equal("cancelled", (string?)(await EndAsync())["state"]);
        Assert.Equal(404, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/sync/{_id}/cancel")).Status);
        Assert.Equal(404, (await TestHub.PostAsync(_hub.Browser, "/api/v1/sync/ws_0/cancel")).Status);
    }

    [Fact]
    public async Task A_remote_of_the_hub_itself_is_refused_and_named()
    {
        var (status, body) = await TestHub.PostAsync(_hub.Browser, "/api/v1/tools/sync.configure", new { request_id = Guid.NewGuid().ToString("n"), arguments = new { workspace_id = _id, remote = _hub.DataDirectory, direction = "pull" } });
        Assert.Equal((403, "denied"), (status, (string?)body["code"]));
        Assert.Contains("Hub:DataDirectory", (string?)body["detail"], StringComparison.Ordinal);
    }

    private async Task<JsonObject> ConfigureAsync(string direction = "push") =>
        await ApproveAsync(await CallAsync("sync.configure", new { workspace_id = _id, remote = _remote.Path, direction }));

    private async Task<JsonObject> CallAsync(string tool, object arguments) =>
        (await TestHub.PostAsync(_hub.Browser, $"/api/v1/tools/{tool}", new { request_id = Guid.NewGuid().ToString("n"), arguments })).Body;

    private async Task<JsonObject> StatusAsync() => (await CallAsync("sync.status", new { workspace_id = _id }))["result"]!.AsObject();

    private async Task<JsonObject> EndAsync() => await Waiting.ForAsync(async () =>
        await StatusAsync() is { } status && (string?)status["state"] is "completed" or "failed" or "cancelled" ? status : null, TimeSpan.FromMinutes(2));

    private async Task<(int Status, JsonObject Body)> DecideAsync(JsonObject asked)
    {
        Assert.Equal("confirmation_required", (string?)asked["status"]);
        var approval = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}");
        return await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}/approve", new { confirm_token = (string?)approval["confirm_token"] });
    }

    private async Task<JsonObject> ApproveAsync(JsonObject asked)
    {
        var (status, body) = await DecideAsync(asked);
        Assert.True(status == 200, body.ToJsonString());
        return body;
    }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Processes;
using ControlChat.Core.Sync;
using ControlChat.Core.Tools.Sync;
using ControlChat.Harness;
using ControlChat.Tests.Core.Sync;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Sync;

/// <summary>A sync that cannot be planned or run here and now: it says what to do, and nothing is changed.</summary>
public sealed class SyncRefusalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task More_looks_at_once_than_there_is_room_for_are_told_to_come_again_and_then_may()
    {
        var transfer = new FakeTransfer(new([new SyncChange("create", "a", 1, ">f 1")], 0)) { HoldCompare = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var hub = await TestHub.StartAsync(configure: s => s.Replace(ServiceDescriptor.Singleton<ISyncTransfer>(transfer)));
        Task<(int Status, JsonObject Body)> CallAsync(string tool, object arguments) => TestHub.PostAsync(hub.Browser, $"/api/v1/tools/{tool}", new { request_id = Guid.NewGuid().ToString("n"), arguments });
        var id = (string)(await CallAsync("workspace.create", new { title = "Billing" })).Body["result"]!["workspace"]!["id"]!;
        await Waiting.UntilAsync(() => Directory.Exists(Path.Combine(hub.Services.GetRequiredService<ControlChat.Core.Settings.HubPaths>().WorkspacesRoot, id)), TimeSpan.FromMinutes(1));
        var asked = (await CallAsync("sync.configure", new { workspace_id = id, remote = _folder.Path, direction = "push" })).Body;
        var approval = await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}");
        Assert.Equal(200, (await TestHub.PostAsync(hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}/approve", new { confirm_token = (string?)approval["confirm_token"] })).Status);

        var looking = Enumerable.Range(0, RunSync.MostLooks).Select(_ => CallAsync("sync.run", new { workspace_id = id })).ToList();
        await Waiting.UntilAsync(() => transfer.Comparing == RunSync.MostLooks, TimeSpan.FromSeconds(30));
        for (var again = 0; again < 2; again++)
        {
            var refused = await CallAsync("sync.run", new { workspace_id = id });
            Assert.Equal((429, "rate_limited", "rate_limited"), (refused.Status, (string?)refused.Body["code"], (string?)refused.Body["outcome_status"]));
            Assert.Contains("Ask again in a moment", (string?)refused.Body["detail"], StringComparison.Ordinal);
        }
        Assert.Equal(RunSync.MostLooks, transfer.Comparing);
        transfer.HoldCompare.SetResult();
        foreach (var look in looking) Assert.Equal(202, (await look).Status);
        Assert.Equal(202, (await CallAsync("sync.run", new { workspace_id = id })).Status);
    }

    [Fact]
    public async Task On_a_machine_without_rsync_it_says_what_to_install_and_nothing_is_changed()
    {
        var (programs, remote) = (Directory.CreateDirectory(_folder["bin"]).FullName, Directory.CreateDirectory(_folder["remote"]).FullName);
        foreach (var program in (string[])["rsync", "setsid"]) File.CreateSymbolicLink(Path.Combine(programs, program), Programs.Find(program)!);
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["PATH"] = programs, ["Hub:Store"] = "sqlite", ["Model:Provider"] = "offline" });
        using var person = await HubClient.SignInAsync(hub);
        var id = (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Billing" })).Json["result"]!["workspace"]!["id"]!.ToString();
        var own = Path.Combine(hub.WorkspacesRoot, id);
        await Waiting.UntilAsync(() => Directory.Exists(own), TimeSpan.FromMinutes(1));
        await ApproveAsync(person, await person.CallAsync("sync.configure", new JsonObject { ["workspace_id"] = id, ["remote"] = remote, ["direction"] = "push" }));
        SyncBed.Write(own, "a", "a");
        SyncBed.Write(remote, "old", "old");
        var run = new JsonObject { ["workspace_id"] = id };
        var planned = await person.CallAsync("sync.run", run);

        File.Delete(Path.Combine(programs, "rsync"));
        // What was approved before fails as a run; what is asked for now is not even planned.
        await ApproveAsync(person, planned);
        var failed = await EndAsync(person, run);
        Assert.Equal("failed", failed["state"]!.ToString());
        Assert.Contains("Install the Debian package rsync", failed["last_error"]!.ToString(), StringComparison.Ordinal);
        var refused = await person.CallAsync("sync.run", run);
        Assert.Equal((503, "unavailable"), (refused.Status, refused.Field("code")));
        Assert.Contains("Install the Debian package rsync", refused.Field("detail"), StringComparison.Ordinal);
        Assert.Contains("apt-get install rsync", (await hub.RunAsync("doctor")).Output, StringComparison.Ordinal);
        Assert.Equal(["old"], SyncBed.Names(remote));
        Assert.Equal(["a"], SyncBed.Names(own));

        File.CreateSymbolicLink(Path.Combine(programs, "rsync"), Programs.Find("rsync")!);
        await ApproveAsync(person, await person.CallAsync("sync.run", run));
        Assert.Equal("completed", (await EndAsync(person, run))["state"]!.ToString());
        Assert.Equal(["a"], SyncBed.Names(remote));
    }

    private static async Task<JsonNode> EndAsync(HubClient person, JsonObject workspace) => await Waiting.ForAsync(async () =>
        (await person.CallAsync("sync.status", workspace)).Json["result"] is { } status && status["state"]!.ToString() is "completed" or "failed" ? status : null, TimeSpan.FromMinutes(1));

    private static async Task ApproveAsync(HubClient person, HubAnswer asked)
    {
        Assert.True(asked.Status == 202, asked.Text);
        var token = (await person.GetAsync($"/api/v1/approvals/{asked.Field("approval_id")}")).Field("confirm_token");
        var applied = await person.PostAsync($"/api/v1/approvals/{asked.Field("approval_id")}/approve", new JsonObject { ["confirm_token"] = token });
        Assert.True(applied.Status == 200, applied.Text);
    }
}

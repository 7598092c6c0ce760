using ControlChat.ScriptedModel;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Handoff;

/// <summary>What goes wrong with a handed-over task is told with its reason, and nobody waits for ever.</summary>
public sealed class HandoffFaultTests
{
    [Fact]
    public async Task Without_the_CLI_it_fails_and_says_what_is_missing()
    {
        await using var hub = await HandoffHub.StartAsync("--Sessions:Codex:Path=/nowhere/codex");
        await hub.HandOverAsync("look");
        var finished = await hub.FirstAsync("handoff_finished");
        Assert.Equal("failed", (string?)finished["status"]);
        Assert.Contains("Codex", (string?)finished["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_by_a_person_it_is_stopped()
    {
        await using var hub = await HandoffHub.StartAsync();
        var name = Sleeping(hub);
        var id = await hub.HandOverAsync("sleep");
        await Waiting.UntilAsync(() => BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        Assert.Equal("stopped", (string?)(await hub.FirstAsync("handoff_finished"))["status"]);
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task Interrupted_it_is_stopped_and_its_session_goes_on()
    {
        await using var hub = await HandoffHub.StartAsync();
        var name = Sleeping(hub);
        var id = await hub.HandOverAsync("sleep");
        await Waiting.UntilAsync(() => BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        Assert.Equal(202, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/interrupt")).Status);
        Assert.Equal(("stopped", "Its turn was interrupted."), ((string?)(await hub.FirstAsync("handoff_finished"))["status"], (string?)(await hub.FirstAsync("handoff_finished"))["reason"]));
        await hub.Sessions.UntilAsync(id, "idle");
    }

    [Fact]
    public async Task A_freeze_stills_its_agent_and_ends_the_task()
    {
        await using var hub = await HandoffHub.StartAsync();
        var name = Sleeping(hub);
        await hub.HandOverAsync("sleep");
        await Waiting.UntilAsync(() => BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        Assert.Equal(201, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = hub.Sessions.Workspace, reason = "A look." })).Status);
        Assert.Equal("stopped", (string?)(await hub.FirstAsync("handoff_finished"))["status"]);
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task Who_may_not_work_there_any_more_has_no_agent_there()
    {
        await using var hub = await HandoffHub.StartAsync();
        var name = Sleeping(hub);
        await hub.HandOverAsync("sleep deliver:a.txt");
        await Waiting.UntilAsync(() => BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        await hub.Sessions.Bench.Database.WriteAsync(async t => await t.ExecuteAsync("update workspace_members set role = 'viewer' where account_id = @AccountId", new { hub.Hub.Person.AccountId }, default));
        var finished = await hub.FirstAsync("handoff_finished");
        Assert.Equal(("stopped", "The owner of the session may only look at the workspace now."), ((string?)finished["status"], (string?)finished["reason"]));
        // Nobody looks there for them either.
        Assert.Empty(finished["checks"]!.AsArray());
    }

    [Fact]
    public async Task A_budget_that_is_used_up_ends_it_with_its_session()
    {
        await using var hub = await HandoffHub.StartAsync();
        // Each answer of the scripted model costs 120 tokens.
        for (var i = 0; i < 12; i++) hub.Model.Enqueue(Reply.Call("exec_command", new { cmd = "true" }));
        var id = await hub.HandOverAsync("go on and on budget:1000");
        var finished = await hub.FirstAsync("handoff_finished");
        Assert.Equal("failed", (string?)finished["status"]);
        Assert.Contains("budget", (string?)finished["reason"], StringComparison.OrdinalIgnoreCase);
        await hub.Sessions.UntilAsync(id, "ended");
    }

    [Fact]
    public async Task Its_deadline_ends_it_with_its_session()
    {
        await using var hub = await HandoffHub.StartAsync();
        Sleeping(hub);
        var deadline = DateTimeOffset.Parse((string)(await TestHub.JsonAsync(hub.Hub.Browser, "/api/v1/me"))["auth_time"]!, System.Globalization.CultureInfo.InvariantCulture).AddSeconds(15);
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/tools/handoff_to_workspace_agent", new { request_id = "req-deadline", arguments = new { workspace_id = hub.Sessions.Workspace, goal = "Sleep.", deadline } });
        Assert.True(status == 200, body.ToJsonString());
        var id = (string)body["result"]!["session_id"]!;
        await hub.Sessions.UntilAsync(id, "ended");
        Assert.Equal("expired", (string?)(await hub.Sessions.FindAsync(id))["end_reason"]);
    }

    [Fact]
    public async Task A_hub_that_is_started_again_in_the_middle_of_a_turn_says_that_it_was_broken_off()
    {
        await using var hub = await HandoffHub.StartAsync();
        var name = Sleeping(hub);
        await hub.HandOverAsync("sleep");
        await Waiting.UntilAsync(() => BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        await hub.Hub.RestartAsync();
        var finished = await hub.FirstAsync("handoff_finished");
        Assert.Contains((string?)finished["status"], (string?[])["incomplete", "stopped", "failed"]);
        Assert.NotNull((string?)finished["reason"]);
        Assert.Single(await hub.EventsAsync("handoff_finished"));
        var seqs = (await hub.EventsAsync("session_event")).Select(e => (int)e["seq"]!).ToList();
        Assert.Equal(seqs.Distinct().Order(), seqs);
    }

    private static string Sleeping(HandoffHub hub)
    {
        var name = "task-" + Guid.NewGuid().ToString("n");
        hub.Model.Enqueue(Reply.Call("exec_command", new { cmd = $"exec -a {name} sleep 600", yield_time_ms = 30000 }));
        return name;
    }
}

using System.Text.Json.Nodes;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>Sessions of the real CLI from their start to their end, over the routes of contracts, section 8.</summary>
public sealed class SessionRestTests
{
    [Fact]
    public async Task A_session_answers_its_first_message_and_the_next()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Text("The first."), Reply.Text("The second."));
        var id = await hub.BeginAsync("Hello.");
        await hub.SaidAsync(id, "The first.");
        Assert.Contains("Agent session initialized. You can start chatting.", await hub.TextsAsync(id, "system"));
        await hub.UntilAsync(id, "idle");
        await hub.SayAsync(id, "And now?");
        await hub.SaidAsync(id, "The second.");
        Assert.Equal(["Hello.", "And now?"], await hub.TextsAsync(id, "user_message"));
        var session = await hub.FindAsync(id);
        Assert.Equal((200, 40), (session["usage"]!["input_tokens"]!.GetValue<int>(), session["usage"]!["output_tokens"]!.GetValue<int>()));
        Assert.NotEqual("", session["thread_id"]!.GetValue<string>());
        var events = await hub.EventsAsync(id);
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e["seq"]!.GetValue<int>()));
    }

    [Fact]
    public async Task What_leaves_its_sandbox_waits_for_a_person_and_runs_once_accepted()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = "echo out > out.txt; sleep 0.4", sandbox_permissions = "require_escalated", justification = "to see" }), Reply.Text("It is done."));
        var id = await hub.BeginAsync("Go.");
        await hub.UntilAsync(id, "waiting_for_approval");
        var approval = (await TestHub.JsonAsync(hub.Hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray().Single()!;
        Assert.Equal(("agent_command", id), (approval["kind"]!.GetValue<string>(), approval["session_id"]!.GetValue<string>()));
        Assert.Contains("echo out", approval["subject"]!["command"]!.GetValue<string>(), StringComparison.Ordinal);
        var path = $"/api/v1/approvals/{approval["id"]!.GetValue<string>()}";
        var token = (await TestHub.JsonAsync(hub.Hub.Browser, path))["confirm_token"]!.GetValue<string>();
        Assert.False(File.Exists(Path.Combine(hub.Directory, "out.txt")));
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, path + "/approve", new { confirm_token = token, answer = "accept" })).Status);
        await hub.SaidAsync(id, "It is done.");
        Assert.Equal("out\n", File.ReadAllText(Path.Combine(hub.Directory, "out.txt")));
        Assert.Single(await hub.TextsAsync(id, "approval_resolved"));
    }

    [Fact]
    public async Task The_next_one_waits_in_the_queue_and_begins_when_a_slot_is_free()
    {
        await using var hub = await SessionHub.StartAsync("--Sessions:Slots=1");
        var first = await hub.BeginAsync();
        await hub.UntilAsync(first, "idle");
        var (second, third) = (await hub.BeginAsync(), await hub.BeginAsync());
        Assert.Equal((1, 2), ((await hub.FindAsync(second))["queue_position"]!.GetValue<int>(), (await hub.FindAsync(third))["queue_position"]!.GetValue<int>()));
        using var answer = await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{first}", UriKind.Relative));
        Assert.Equal(202, (int)answer.StatusCode);
        await hub.UntilAsync(second, "idle");
        Assert.Equal("queued", await hub.StateAsync(third));
        var ended = await hub.FindAsync(first);
        Assert.Equal(("ended", "stopped"), (ended["state"]!.GetValue<string>(), ended["end_reason"]!.GetValue<string>()));
        Assert.Equal("ended", (await hub.EventsAsync(first))[^1]["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Panic_stop_ends_all_and_leaves_no_process()
    {
        await using var hub = await SessionHub.StartAsync();
        var name = "panic-" + Guid.NewGuid().ToString("n");
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = $"exec -a {name} sleep 600", yield_time_ms = 30000 }));
        var id = await hub.BeginAsync("Sleep.");
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "mine" });
        Assert.Equal((200, 1), (status, body["stopped"]!.GetValue<int>()));
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) == 0);
        Assert.Equal("panic", (await hub.FindAsync(id))["end_reason"]!.GetValue<string>());
        await Waiting.UntilAsync(() => !Directory.Exists(Path.Combine(hub.Hub.DataDirectory, "agents", id)));
    }

    [Fact]
    public async Task A_session_goes_on_after_the_hub_was_started_again()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Text("Before."), Reply.Text("After."));
        var id = await hub.BeginAsync("One.");
        await hub.SaidAsync(id, "Before.");
        await hub.UntilAsync(id, "idle");
        await hub.Hub.RestartAsync();
        await Waiting.UntilAsync(async () => (await hub.TextsAsync(id, "system")).Any(t => t.StartsWith("Another worker has taken this session over.", StringComparison.Ordinal)), TimeSpan.FromSeconds(60));
        await hub.SayAsync(id, "Two.");
        await hub.SaidAsync(id, "After.");
        Assert.Contains("Before.", hub.Bench.Model.Requests[^1].Request.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_agent_leaves_off_and_goes_on()
    {
        await using var hub = await SessionHub.StartAsync();
        var name = "turn-" + Guid.NewGuid().ToString("n");
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = $"exec -a {name} sleep 600", yield_time_ms = 30000 }), Reply.Text("Here again."));
        var id = await hub.BeginAsync("Sleep.");
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) > 0, TimeSpan.FromSeconds(60));
        Assert.Equal(202, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/interrupt")).Status);
        await hub.UntilAsync(id, "idle");
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) == 0);
        await hub.SayAsync(id, "Are you there?");
        await hub.SaidAsync(id, "Here again.");
    }

    [Fact]
    public async Task The_stream_tells_what_is_stored_and_ends_with_the_session()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Of(new Step.Text("Piece "), new Step.Text("by piece.")));
        var id = await hub.BeginAsync("Say.");
        using var answer = await hub.Hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var ids = new List<long>();
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) ids.Add(long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture));
            if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonNode.Parse(line[6..])!["type"]?.GetValue<string>() == "agent_message") (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        }
        Assert.Equal(Enumerable.Range(1, ids.Count).Select(i => (long)i), ids);
        Assert.Equal((await hub.EventsAsync(id)).Count, ids.Count);
    }

    [Fact]
    public async Task An_agent_that_takes_too_much_memory_is_ended_at_once()
    {
        await using var hub = await SessionHub.StartAsync("--Sessions:MemoryMegabytes=256");
        // One endless line is kept until its end.
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = "head -c 700000000 /dev/zero | tail -n 1 | (sleep 600; cat)", yield_time_ms = 30000 }));
        var id = await hub.BeginAsync("Eat.");
        await hub.UntilAsync(id, "ended");
        var session = await hub.FindAsync(id);
        Assert.Equal("failed", session["end_reason"]!.GetValue<string>());
        Assert.Contains("one session may take 256 (Sessions:MemoryMegabytes)", session["error"]!.GetValue<string>(), StringComparison.Ordinal);
        await Waiting.UntilAsync(() => !Directory.Exists(Path.Combine(hub.Hub.DataDirectory, "agents", id)));
    }

    [Fact]
    public async Task An_agent_that_prints_without_end_is_ended()
    {
        await using var hub = await SessionHub.StartAsync("--Sessions:OutputMegabytes=1");
        hub.Bench.Model.Enqueue([.. Enumerable.Range(0, 40).Select(i => Reply.Text($"{i} {new string('x', 60_000)}"))]);
        var id = await hub.BeginAsync("Talk.");
        // Its first message is one of them.
        for (var said = 1; await hub.StateAsync(id) != "ended"; said++)
        {
            await Waiting.UntilAsync(async () => (await hub.TextsAsync(id, "agent_message")).Count == said || await hub.StateAsync(id) == "ended", TimeSpan.FromSeconds(60), $"{said} are said");
            Assert.True(said < 40, "It goes on.");
            await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = $"req-more-{said:00}", text = "More." });
        }
        var session = await hub.FindAsync(id);
        Assert.Equal("failed", session["end_reason"]!.GetValue<string>());
        Assert.Contains("Sessions:OutputMegabytes", session["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_names_the_workspace_of_what_was_asked_and_done()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Text("Yes."));
        var id = await hub.BeginAsync();
        await hub.UntilAsync(id, "idle");
        await hub.SayAsync(id, "Are you there?");
        await hub.SaidAsync(id, "Yes.");
        var rows = (await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/audit?workspace_id={hub.Workspace}"))["items"]!.AsArray().Select(r => (r!["event"]!.GetValue<string>(), r["tool"]?.GetValue<string>()));
        Assert.Equal([("tool.applied", "session.message"), ("session.started", null), ("tool.applied", "session.start")], rows.Take(3));
    }

    [Fact]
    public async Task A_stop_switch_for_the_workspace_holds_its_agents()
    {
        await using var hub = await SessionHub.StartAsync();
        var id = await hub.BeginAsync();
        await hub.UntilAsync(id, "idle");
        Assert.Equal(201, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = hub.Workspace, reason = "A look at it." })).Status);
        Assert.Equal(423, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", new { request_id = "req-frozen-12", workspace_id = hub.Workspace, mode = "chat" })).Status);
        Assert.Equal(423, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = "req-frozen-34", text = "Go on." })).Status);
        using var stopped = await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative));
        Assert.Equal(202, (int)stopped.StatusCode);
    }

    [Fact]
    public async Task A_stream_that_has_seen_the_end_is_not_opened_again()
    {
        await using var hub = await SessionHub.StartAsync();
        var id = await hub.BeginAsync();
        await hub.UntilAsync(id, "idle");
        (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        var last = (await hub.FindAsync(id))["last_seq"]!.GetValue<long>();
        using var again = await hub.Hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{id}/events?after={last}", UriKind.Relative));
        Assert.Equal(204, (int)again.StatusCode);
        Assert.Contains("event: ended", await hub.Hub.Browser.GetStringAsync(new Uri($"/api/v1/sessions/{id}/events?after={last - 1}", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_gets_a_clear_answer()
    {
        await using var hub = await SessionHub.StartAsync("--Sessions:PerPerson=1");
        Assert.Equal(422, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", new { workspace_id = hub.Workspace })).Status);
        Assert.Equal(404, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", new { request_id = "req-absent-1", workspace_id = "ws_0123456789abcdef0123456789abcdef" })).Status);
        Assert.Equal(404, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/tools/session.start", new { request_id = "req-tool-123", arguments = new { workspace_id = hub.Workspace } })).Status);
        Assert.DoesNotContain("session.", (await hub.Hub.Browser.GetStringAsync(new Uri("/api/v1/tools", UriKind.Relative))), StringComparison.Ordinal);
        var first = new { request_id = "req-first-123", workspace_id = hub.Workspace, mode = "chat" };
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", first);
        Assert.Equal(202, status);
        Assert.Equal(body["id"]!.GetValue<string>(), (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", first)).Body["id"]!.GetValue<string>());
        Assert.Equal(429, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions", first with { request_id = "req-second-1" })).Status);
        var id = body["id"]!.GetValue<string>();
        Assert.Equal(400, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = "req-empty-12", text = " " })).Status);
        Assert.Equal(404, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/ags_absent/interrupt")).Status);
        Assert.Equal(422, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "some" })).Status);
        using var nobody = await hub.Hub.Anonymous.GetAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative));
        Assert.Equal(401, (int)nobody.StatusCode);
    }
}

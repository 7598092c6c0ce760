using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Handoff;

/// <summary>Tasks handed over from a conversation to the real CLI, and what came of them.</summary>
public sealed class HandoffTests
{
    [Fact]
    public async Task R56_an_agent_makes_a_file_and_the_conversation_gets_its_report_checked_and_linked()
    {
        await using var hub = await HandoffHub.StartAsync();
        hub.Model.Enqueue(Reply.Call("exec_command", new { cmd = "echo '# Chat' > codex.chat" }), Reply.Text("I created codex.chat."));
        var id = await hub.HandOverAsync("create codex.chat deliver:codex.chat");
        var finished = await hub.FirstAsync("handoff_finished");
        Assert.Equal((id, "completed", "I created codex.chat."), ((string?)finished["session_id"], (string?)finished["status"], (string?)finished["report"]));
        Assert.Equal(("codex.chat", true, "file", 7), ((string?)finished["checks"]![0]!["path"], (bool)finished["checks"]![0]!["exists"]!, (string?)finished["checks"]![0]!["kind"], (int)finished["checks"]![0]!["bytes"]!));
        Assert.Equal($"/workspaces/{hub.Sessions.Workspace}/files/codex.chat", (string?)finished["links"]![0]!["href"]);
        var told = await hub.EventsAsync("session_event");
        Assert.Contains(told, e => (string?)e["type"] == "agent_message");
        Assert.All(told, e => Assert.Equal(id, (string?)e["session_id"]));
        var session = await hub.Sessions.FindAsync(id);
        Assert.Equal(("idle", hub.Conversation), ((string?)session["state"], (string?)session["conversation_id"]));
        Assert.Contains("Goal:\\ncreate codex.chat\\n", hub.Model.Requests[0].Request.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_one_the_conversation_is_tainted_and_the_next_asks()
    {
        await using var hub = await HandoffHub.StartAsync();
        hub.Model.Enqueue(Reply.Text("Nothing to do."), Reply.Text("Still nothing."));
        var id = await hub.HandOverAsync("look");
        await hub.FirstAsync("handoff_finished");
        await hub.SayAsync("/handoff Place to look again");
        var asked = await hub.FirstAsync("approval_requested");
        Assert.Equal(($"session/{id}", true), ((string?)asked["plan"]!["effects"]![0]!["resource"], (bool)asked["plan"]!["tainted"]!));
        var path = $"/api/v1/approvals/{(string)asked["approval_id"]!}";
        var token = (string)(await TestHub.JsonAsync(hub.Hub.Browser, path))["confirm_token"]!;
        var (status, done) = await TestHub.PostAsync(hub.Hub.Browser, path + "/approve", new { confirm_token = token });
        Assert.True(status == 200, done.ToJsonString());
        await Waiting.UntilAsync(async () => (await hub.EventsAsync("handoff_finished")).Count == 2, TimeSpan.FromSeconds(60));
        Assert.Equal((id, "Still nothing."), ((string?)(await hub.EventsAsync("handoff_finished"))[1]["session_id"], (string?)(await hub.EventsAsync("handoff_finished"))[1]["report"]));
    }

    [Fact]
    public async Task What_the_agent_asks_for_is_told_in_the_conversation_and_answered()
    {
        await using var hub = await HandoffHub.StartAsync();
        hub.Model.Enqueue(Reply.Call("exec_command", new { cmd = "echo out > out.txt", sandbox_permissions = "require_escalated", justification = "to see" }), Reply.Text("It is done."));
        await hub.HandOverAsync("write out.txt deliver:out.txt");
        var asked = await Waiting.ForAsync(async () => (await hub.EventsAsync("session_event")).FirstOrDefault(e => (string?)e["type"] == "approval_requested"), TimeSpan.FromSeconds(60));
        var path = $"/api/v1/approvals/{(string)asked["data"]!["approval_id"]!}";
        var approval = await TestHub.JsonAsync(hub.Hub.Browser, path);
        Assert.Equal(hub.Conversation, (string?)approval["conversation_id"]);
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, path + "/approve", new { confirm_token = (string)approval["confirm_token"]!, answer = "accept" })).Status);
        Assert.Equal("completed", (string?)(await hub.FirstAsync("handoff_finished"))["status"]);
    }

    [Fact]
    public async Task Over_REST_without_a_conversation_the_agent_works_too()
    {
        await using var hub = await HandoffHub.StartAsync();
        hub.Model.Enqueue(Reply.Text("Done."));
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/tools/handoff_to_workspace_agent", new { request_id = "req-handoff-1", arguments = new { workspace_id = hub.Sessions.Workspace, goal = "Look." } });
        Assert.True(status == 200, body.ToJsonString());
        await hub.Sessions.SaidAsync((string)body["result"]!["session_id"]!, "Done.");
    }
}

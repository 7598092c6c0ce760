using System.Text.Json;
using ControlChat.App.Ask;
using ControlChat.App.Ask.Handoffs;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using Xunit;

namespace ControlChat.Tests.App.Ask.Handoffs;

/// <summary>What a page shows of a handed-over task, from its events alone.</summary>
public sealed class HandoffTaskTests
{
    private readonly AskScript _talk = new();

    private HandoffTask Task => _talk.State.Parts<AskPart.Handoff>().Single().Task;

    [Fact]
    public void It_stands_in_the_answer_that_handed_it_over_and_shows_how_it_goes()
    {
        Begin();
        Assert.Equal(("Do it.", "ws_1", "In the queue"), (Task.Goal, Task.WorkspaceId, Task.Look.Word));
        Assert.Equal(["codex.chat"], Task.Artefacts);
        State("starting");
        Assert.Equal("Starting", Task.Look.Word);
        State("idle");
        Assert.Equal("Starting", Task.Look.Word);
        State("running");
        Assert.Equal("Running", Task.Look.Word);
        Happens("approval_requested", new { approval_id = "apr_1", kind = "agent_command" });
        Assert.Equal("Waits for you", Task.Look.Word);
        Happens("approval_resolved", new { approval_id = "apr_1", answer = "accept" });
        State("idle");
        Assert.Equal("Checking the result", Task.Look.Word);
    }

    [Fact]
    public void The_end_of_a_command_takes_the_place_of_its_beginning()
    {
        Begin();
        Happens("command_started", new { item_id = "i1", command = "ls" });
        Assert.Null(Assert.IsType<HandoffStep.Command>(Assert.Single(Task.Steps)).Status);
        Happens("command_finished", new { item_id = "i1", status = "completed", exit_code = 2, output = "no", duration_ms = 1200 });
        Assert.Equal(new HandoffStep.Command(2, "i1", "ls", "completed", 2, "no", 1200), Assert.Single(Task.Steps));
        Happens("file_change", new { item_id = "i2", status = "in_progress", files = new[] { new { path = "a", kind = "add", diff = "x" } } });
        Happens("file_change", new { item_id = "i2", status = "completed", files = new[] { new { path = "a", kind = "add", diff = "x" } } });
        Assert.Equal(2, Task.Steps.Count);
        Happens("plan", new { note = (string?)null, steps = new[] { new { text = "Look", status = "completed" } } });
        Assert.Equal([new PlannedStep("Look", "completed")], Task.Plan);
        Happens("usage", new { input_tokens = 100, output_tokens = 20 });
        Assert.Equal(120, Task.Tokens);
    }

    [Fact]
    public void What_was_cut_or_is_of_another_kind_breaks_nothing()
    {
        Begin();
        Happens("command_started", new { left_out = "70000 characters" });
        Happens("file_change", new { files = "many", status = 7 });
        Happens("plan", new { steps = new object[] { "[20 more]", 7 } });
        Happens("of_another_day", new { a = 1 });
        Assert.Equal(2, Task.Steps.Count);
    }

    [Fact]
    public void No_event_for_half_a_minute_is_said_unless_it_waits_for_somebody()
    {
        Begin();
        State("running");
        _talk.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(Task.IsSilent(_talk.Time.GetUtcNow()));
        _talk.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Task.IsSilent(_talk.Time.GetUtcNow()));
        Happens("approval_requested", new { approval_id = "apr_1" });
        _talk.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(Task.IsSilent(_talk.Time.GetUtcNow()));
    }

    [Fact]
    public void Its_end_shows_what_was_looked_at_and_the_message_about_it_is_not_shown_twice()
    {
        Begin();
        Finish();
        Assert.Equal(("completed", "Done.", false), (Task.Result!.Status, Task.Result.Report, Task.IsOpen));
        Assert.Equal([new CheckedFile("codex.chat", true, 7, null)], Task.Result.Checks);
        // What is no page of this hub is no link.
        Assert.Equal([new ResultLink("codex.chat", "/workspaces/ws_1/files/codex.chat")], Task.Result.Links);
        Report();
        Assert.Single(_talk.State.Parts<AskPart.Handoff>());
        Assert.Empty(_talk.State.Parts<AskPart.Text>());
        Assert.NotNull(_talk.State.Parts<AskPart.Handoff>().Single().MessageSeq);
    }

    [Fact]
    public void Without_its_card_the_message_stands_for_it()
    {
        _talk.Asks("Do it.", "run_1");
        _talk.Starts("run_1");
        Report();
        Assert.Equal("**The workspace agent is done.**", _talk.State.Parts<AskPart.Text>().Single().Shown);
    }

    private void Begin()
    {
        _talk.Asks("Do it.", "run_1");
        _talk.Starts("run_1");
        Tell(ConversationEvents.HandoffStarted, new { handoff_id = "hof_1", session_id = "ags_1", capsule = new { workspace_id = "ws_1", goal = "Do it.", artefacts = new[] { "codex.chat" } } });
    }

    private int _session = 1;

    private void State(string state) => Happens("state", new { state });

    private void Happens(string type, object data) => Tell(ConversationEvents.SessionEvent, new { handoff_id = "hof_1", session_id = "ags_1", seq = type is "command_started" ? _session = 2 : ++_session, type, data });

    private void Finish() => Tell(ConversationEvents.HandoffFinished, new
    {
        handoff_id = "hof_1",
        session_id = "ags_1",
        status = "completed",
        report = "Done.",
        reason = (string?)null,
        checks = new[] { new { path = "codex.chat", exists = true, kind = "file", bytes = 7, expected = true, problem = (string?)null } },
        links = new[] { new { title = "codex.chat", href = "/workspaces/ws_1/files/codex.chat" }, new { title = "x", href = "https://evil.example" } },
    });

    private void Report() => Tell(ConversationEvents.Message, new Message { Id = "msg_r", Seq = 90, RunId = "run_1", Role = "assistant", Text = "**The workspace agent is done.**", Author = new MessageAuthor(null, "workspace_agent"), At = _talk.Time.GetUtcNow(), Tainted = true });

    private void Tell(string type, object data) => _talk.Add(type, "run_1", JsonSerializer.SerializeToNode(data, Json.Wire)!.AsObject());
}

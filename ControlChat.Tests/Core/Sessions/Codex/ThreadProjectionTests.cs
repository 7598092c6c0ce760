using System.Text.Json;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>The ways in which a real Codex does not say what one would think.</summary>
public sealed class ThreadProjectionTests
{
    private readonly ThreadProjection _projection = new();
    private readonly List<AgentEvent> _events = [];

    public ThreadProjectionTests() => Say("turn/started", """{"turn":{"id":"u1"}}""");

    [Fact]
    public void The_output_of_a_finished_command_is_whole_though_its_first_piece_never_came()
    {
        Item("started", """{"type":"commandExecution","id":"c1","command":"x","cwd":"/ws"}""");
        Say("item/commandExecution/outputDelta", """{"turnId":"u1","itemId":"c1","delta":"tick 2\n"}""");
        Item("completed", """{"type":"commandExecution","id":"c1","command":"x","status":"completed","aggregatedOutput":"tick 1\ntick 2\n","exitCode":0,"durationMs":12}""");
        Assert.Equal(new AgentEvent.CommandFinished("c1", ItemStatus.Completed, 0, "tick 1\ntick 2\n", TimeSpan.FromMilliseconds(12)) { TurnId = "u1" }, _events[^1]);
    }

    [Fact]
    public void A_command_whose_beginning_was_not_told_still_has_one()
    {
        Item("completed", """{"type":"commandExecution","id":"c1","command":"x","status":"failed","exitCode":1}""");
        Assert.Equal("x", _events.OfType<AgentEvent.CommandStarted>().Single().Command);
        Assert.Equal(ItemStatus.Failed, _events.OfType<AgentEvent.CommandFinished>().Single().Status);
    }

    [Fact]
    public void A_failed_turn_leaves_nothing_open_but_its_commands_and_the_next_turn_closes_those()
    {
        Item("started", """{"type":"commandExecution","id":"c1","command":"x"}""");
        Item("started", """{"type":"fileChange","id":"f1","changes":[]}""");
        Item("started", """{"type":"mcpToolCall","id":"m1","server":"s","tool":"t","arguments":{}}""");
        Item("started", """{"type":"agentMessage","id":"a1","text":""}""");
        Piece("a1", "half a sen");
        Say("turn/completed", """{"turn":{"id":"u1","status":"failed","error":{"message":"boom"}}}""");
        Assert.Equal(new AgentEvent.Message("a1", "half a sen", Whole: false) { TurnId = "u1" }, _events.OfType<AgentEvent.Message>().Single());
        Assert.Equal(ItemStatus.Abandoned, _events.OfType<AgentEvent.FileChange>().Last().Status);
        Assert.Equal(ItemStatus.Abandoned, _events.OfType<AgentEvent.ToolCall>().Last().Status);
        Assert.Equal(new AgentEvent.TurnFinished(TurnOutcome.Failed, "boom", null) { TurnId = "u1" }, _events[^1]);
        Assert.True(_projection.CommandRuns);
        Say("turn/started", """{"turn":{"id":"u2"}}""");
        Assert.Equal(ItemStatus.Abandoned, _events.OfType<AgentEvent.CommandFinished>().Single().Status);
    }

    [Fact]
    public void A_command_in_the_background_ends_after_its_turn()
    {
        Item("started", """{"type":"commandExecution","id":"c1","command":"x"}""");
        Say("turn/completed", """{"turn":{"id":"u1","status":"completed"}}""");
        Item("completed", """{"type":"commandExecution","id":"c1","command":"x","status":"completed","exitCode":0}""");
        Assert.Equal(ItemStatus.Completed, _events.OfType<AgentEvent.CommandFinished>().Single().Status);
    }

    [Fact]
    public void A_steered_message_breaks_off_and_the_next_one_stands_beside_it()
    {
        Item("started", """{"type":"agentMessage","id":"a1","text":""}""");
        Piece("a1", "word ");
        Item("completed", """{"type":"userMessage","id":"x","content":[{"type":"text","text":"instead"}]}""");
        Item("started", """{"type":"agentMessage","id":"a2","text":""}""");
        Item("completed", """{"type":"agentMessage","id":"a2","text":"other"}""");
        Assert.Equal([("a1", false), ("a2", true)], _events.OfType<AgentEvent.Message>().Select(m => (m.ItemId, m.Whole)));
    }

    [Fact]
    public void A_call_that_broke_off_takes_back_what_it_showed_and_says_it_anew()
    {
        Item("started", """{"type":"agentMessage","id":"a1","text":""}""");
        Piece("a1", "partial wor");
        Retry();
        Item("started", """{"type":"agentMessage","id":"a1","text":""}""");
        Piece("a1", "par");
        Piece("a1", "ty");
        Item("completed", """{"type":"agentMessage","id":"a1","text":"party"}""");
        Assert.Equal(["MessageDelta a1@0 partial wor", "Reset", "Error", "MessageDelta a1@0 par|ty", "Message"], Short());
        Assert.Equal([0, 0, 3], _events.OfType<AgentEvent.MessageDelta>().Select(d => d.Offset));
    }

    [Fact]
    public void What_was_said_before_a_retry_is_not_said_twice()
    {
        Item("completed", """{"type":"agentMessage","id":"a1","text":"I will look."}""");
        Retry();
        Item("started", """{"type":"agentMessage","id":"a2","text":""}""");
        Piece("a2", "I will ");
        Piece("a2", "look.");
        Item("completed", """{"type":"agentMessage","id":"a2","text":"I will look."}""");
        Retry();
        Item("completed", """{"type":"agentMessage","id":"a3","text":"I will look."}""");
        Item("completed", """{"type":"agentMessage","id":"a4","text":"I will look."}""");
        Assert.Equal(["a1", "a4"], _events.OfType<AgentEvent.Message>().Select(m => m.ItemId));
        Assert.Empty(_events.OfType<AgentEvent.MessageDelta>());
    }

    [Fact]
    public void What_begins_like_a_repetition_and_is_none_is_shown_whole()
    {
        Item("completed", """{"type":"agentMessage","id":"a1","text":"I will look."}""");
        Retry();
        Piece("a2", "I will ");
        Piece("a2", "not look.");
        Item("completed", """{"type":"agentMessage","id":"a2","text":"I will not look."}""");
        Assert.Equal("I will not look.", string.Concat(_events.OfType<AgentEvent.MessageDelta>().Select(d => d.Text)));
        Assert.Equal(2, _events.OfType<AgentEvent.Message>().Count());
    }

    [Fact]
    public void The_same_words_after_a_tool_or_in_another_turn_are_no_repetition()
    {
        Item("completed", """{"type":"agentMessage","id":"a1","text":"Done."}""");
        Item("started", """{"type":"mcpToolCall","id":"m1","server":"s","tool":"t"}""");
        Item("completed", """{"type":"mcpToolCall","id":"m1","server":"s","tool":"t","status":"completed","result":{"content":[]}}""");
        Retry();
        Item("completed", """{"type":"agentMessage","id":"a2","text":"Done."}""");
        Say("turn/completed", """{"turn":{"id":"u1","status":"completed"}}""");
        Say("turn/started", """{"turn":{"id":"u2"}}""");
        Retry();
        Item("completed", """{"type":"agentMessage","id":"a3","text":"Done."}""");
        Assert.Equal(["a1", "a2", "a3"], _events.OfType<AgentEvent.Message>().Select(m => m.ItemId));
    }

    [Fact]
    public void A_turn_ends_once_however_often_it_is_told()
    {
        Say("turn/completed", """{"turn":{"id":"u1","status":"completed"}}""");
        Say("turn/completed", """{"turn":{"id":"u1","status":"failed"}}""");
        Say("turn/started", """{"turn":{"id":"u1"}}""");
        Say("turn/started", """{"turn":{"id":"u2"}}""");
        Say("turn/started", """{"turn":{"id":"u3"}}""");
        Say("turn/completed", """{"turn":{"id":"u4","status":"strange"}}""");
        _events.AddRange(_projection.End("gone"));
        _events.AddRange(_projection.End("gone"));
        Assert.Equal(["u1", "u2", "u3", "u4"], _events.OfType<AgentEvent.TurnStarted>().Select(e => e.TurnId));
        Assert.Equal([TurnOutcome.Completed, TurnOutcome.Failed, TurnOutcome.Failed, TurnOutcome.Failed], _events.OfType<AgentEvent.TurnFinished>().Select(e => e.Outcome));
    }

    [Fact]
    public void A_plan_and_the_tokens_and_a_tool_server_that_is_not_there_are_told()
    {
        Say("turn/plan/updated", """{"turnId":"u1","explanation":"why","plan":[{"step":"one","status":"completed"},{"step":"two","status":"inProgress"}]}""");
        Say("thread/tokenUsage/updated", """{"turnId":"u1","tokenUsage":{"total":{"totalTokens":3,"inputTokens":1,"cachedInputTokens":1,"outputTokens":2,"reasoningOutputTokens":1},"last":null,"modelContextWindow":9}}""");
        Say("mcpServer/startupStatus/updated", """{"name":"hub","status":"failed","error":"401"}""");
        Say("mcpServer/startupStatus/updated", """{"name":"hub","status":"ready"}""");
        var plan = _events.OfType<AgentEvent.Plan>().Single();
        Assert.Equal(("why", "inProgress"), (plan.Note, plan.Steps[1].Status));
        Assert.Equal(new AgentEvent.Usage(new TokenCount(1, 1, 2, 1), null, 9) { TurnId = "u1" }, _events.OfType<AgentEvent.Usage>().Single());
        Assert.Equal(("tool_server", "401"), _events.OfType<AgentEvent.Error>().Select(e => (e.Code, e.Details)).Single());
    }

    [Theory]
    [InlineData("\"unauthorized\"", "unauthorized", null)]
    [InlineData("""{"httpConnectionFailed":{"httpStatusCode":401}}""", "httpConnectionFailed", 401)]
    [InlineData("""{"responseStreamDisconnected":{"httpStatusCode":null}}""", "responseStreamDisconnected", null)]
    [InlineData("""{"later":7}""", "later", null)]
    [InlineData("{}", null, null)]
    [InlineData("null", null, null)]
    public void An_error_says_its_kind_and_the_endpoints_status(string info, string? code, int? status)
    {
        Say("error", $$$$"""{"error":{"message":"m","codexErrorInfo":{{{{info}}}}},"willRetry":false,"turnId":"u1"}""");
        Assert.Equal((code, status), _events.OfType<AgentEvent.Error>().Select(e => (e.Code, e.HttpStatus)).Single());
    }

    [Fact]
    public void What_is_not_known_is_kept_as_it_came()
    {
        Say("weather/changed", """{"to":"rain"}""");
        Item("started", """{"type":"hologram","id":"h"}""");
        Item("completed", """{"type":"hologram","id":"h","shape":{"kind":"cube"}}""");
        Item("completed", """{"type":"mcpToolCall","id":"m","server":"s","tool":"t","status":"completed","newField":{"x":1},"result":7}""");
        Assert.Equal(["weather/changed", "item/completed"], _events.OfType<AgentEvent.Unknown>().Select(u => u.Kind));
        Assert.Contains("cube", _events.OfType<AgentEvent.Unknown>().Last().Raw.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("turn/started", "{}")]
    [InlineData("turn/started", """{"turn":[]}""")]
    [InlineData("turn/completed", "7")]
    [InlineData("item/completed", """{"item":{"type":"agentMessage","id":7}}""")]
    [InlineData("item/completed", """{"item":{"type":"agentMessage"}}""")]
    [InlineData("item/agentMessage/delta", """{"itemId":"a","delta":{}}""")]
    public void A_known_notification_with_unknown_contents_is_an_error(string method, string parameters)
    {
        Assert.ThrowsAny<JsonException>(() => Say(method, parameters));
    }

    [Fact]
    public void Nulls_where_contents_should_be_are_borne()
    {
        foreach (var method in _projection.Methods.Where(m => m is not ("turn/started" or "turn/completed"))) Say(method, """{"item":null,"error":null,"willRetry":true,"itemId":null,"delta":null,"plan":null,"tokenUsage":null,"changes":null,"message":null}""");
        Item("completed", """{"type":"userMessage","id":"x","content":[7,null,{"type":"image"},"plain"]}""");
        Assert.Equal("plain", _events.OfType<AgentEvent.UserMessage>().Single().Text);
    }

    private void Say(string method, string parameters)
    {
        var read = JsonElement.Parse(parameters);
        _events.AddRange(_projection.Read(new RpcMessage.Notification(method, read, read)));
    }

    private void Item(string what, string item) => Say($"item/{what}", $$$$"""{"turnId":"u1","item":{{{{item}}}}}""");

    private void Piece(string itemId, string delta) => Say("item/agentMessage/delta", $$$$"""{"turnId":"u1","itemId":"{{{{itemId}}}}","delta":"{{{{delta}}}}"}""");

    private void Retry() => Say("error", """{"error":{"message":"Reconnecting... 1/1"},"willRetry":true,"turnId":"u1"}""");

    private IEnumerable<string> Short() => EventText.Of(_events.Skip(1)).TrimEnd('\n').Split('\n').Select(l => l.StartsWith("MessageDelta", StringComparison.Ordinal) ? l : l.Split(' ')[0]);
}

using System.Text.Json;
using ControlChat.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class ApprovalTests
{
    private const string About = "\"threadId\":\"t1\",\"turnId\":\"u1\",\"startedAtMs\":0";

    [Fact]
    public async Task A_request_is_answered_once()
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, "item/commandExecution/requestApproval", "0", """ "itemId":"c1","command":"touch /x","cwd":"/ws","reason":"why" """);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => agent.Driver.AnswerAsync("0", i % 2 == 0 ? AgentAnswer.Accept : AgentAnswer.Decline, null, CancellationToken.None))));
        Assert.Single(answers, given => given);
        await agent.HearAsync();
        await agent.SayAsync("serverRequest/resolved", """{"threadId":"t1","requestId":0}""");
        await agent.FenceAsync();
        await agent.ExitAsync();
        Assert.NotNull(Assert.Single((await agent.EventsAsync()).OfType<AgentEvent.ApprovalResolved>()).Answer);
    }

    [Theory]
    [InlineData("serverRequest/resolved", """{"threadId":"t1","requestId":0}""")]
    [InlineData("turn/completed", """{"threadId":"t1","turn":{"id":"u1","status":"interrupted"}}""")]
    public async Task A_request_that_is_over_is_cancelled_and_a_late_answer_goes_nowhere(string method, string parameters)
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, "item/commandExecution/requestApproval", "0", """ "itemId":"c1" """);
        await agent.SayAsync(method, parameters);
        await agent.FenceAsync();
        var written = agent.Written.Count;
        Assert.False(await agent.Driver.AnswerAsync("0", AgentAnswer.Accept, null, CancellationToken.None));
        Assert.Equal(written, agent.Written.Count);
        await agent.ExitAsync();
        Assert.Null(Assert.Single((await agent.EventsAsync()).OfType<AgentEvent.ApprovalResolved>()).Answer);
    }

    [Fact]
    public async Task A_command_that_was_never_allowed_is_told_as_one_that_did_not_run()
    {
        await using var agent = await BegunAsync();
        await agent.SayAsync("item/started", """{"threadId":"t1","turnId":"u1","item":{"type":"commandExecution","id":"c1","command":"touch /x"}}""");
        await AskAsync(agent, "item/commandExecution/requestApproval", "0", """ "itemId":"c1","command":"touch /x" """);
        await agent.SayAsync("turn/completed", """{"threadId":"t1","turn":{"id":"u1","status":"interrupted"}}""");
        await agent.ExitAsync();
        var events = await agent.EventsAsync();
        Assert.Equal(ItemStatus.Declined, Assert.Single(events.OfType<AgentEvent.CommandFinished>()).Status);
        Assert.True(events.FindIndex(e => e is AgentEvent.CommandFinished) < events.FindIndex(e => e is AgentEvent.TurnFinished));
    }

    [Fact]
    public async Task A_file_change_shows_the_changes_of_its_item()
    {
        await using var agent = await BegunAsync();
        await agent.SayAsync("item/started", $$$$"""{{{{{About}}}},"item":{"type":"fileChange","id":"f1","status":"inProgress","changes":[{"path":"/ws/a","kind":{"type":"update","move_path":"/ws/b"},"diff":"@@"}]}}""");
        await AskAsync(agent, "item/fileChange/requestApproval", "\"x\"", """ "itemId":"f1","reason":"r","grantRoot":"/ws" """);
        await AskAsync(agent, "item/fileChange/requestApproval", "2", """ "itemId":"unknown" """);
        Assert.True(await agent.Driver.AnswerAsync("\"x\"", AgentAnswer.Cancel, null, CancellationToken.None));
        Assert.Equal("""{"id":"x","result":{"decision":"cancel"}}""", (await agent.HearAsync()).ToJsonString());
        await agent.ExitAsync();
        var asked = (await agent.EventsAsync()).OfType<AgentEvent.ApprovalRequested>().Select(e => Assert.IsType<AgentApproval.FileChange>(e.Approval)).ToList();
        Assert.Equal(new ChangedFile("/ws/a", "update", "/ws/b", "@@"), Assert.Single(asked[0].Files!));
        Assert.Equal(("r", "/ws"), (asked[0].Reason, asked[0].Root));
        Assert.Null(asked[1].Files);
    }

    [Fact]
    public async Task A_command_that_wants_more_than_its_profile_shows_what()
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, "item/commandExecution/requestApproval", "0",
            """ "itemId":"c1","command":"curl x","networkApprovalContext":{"host":"example.org","protocol":"https"},"additionalPermissions":{"network":{"enabled":true}} """);
        await agent.ExitAsync();
        var asked = Assert.IsType<AgentApproval.Command>((await agent.EventsAsync()).OfType<AgentEvent.ApprovalRequested>().Single().Approval);
        Assert.Equal(["""{"network":{"enabled":true}}""", """{"host":"example.org","protocol":"https"}"""], asked.More);
    }

    [Fact]
    public async Task A_tool_call_shows_its_arguments_and_a_question_its_schema()
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, "mcpServer/elicitation/request", "8",
            """ "serverName":"tiny","mode":"form","message":"Allow?","_meta":{"codex_approval_kind":"mcp_tool_call","tool_name":"echo","tool_params":{"text":"T"},"tool_annotations":{"readOnlyHint":true}},"requestedSchema":{"type":"object","properties":{}} """);
        await AskAsync(agent, "mcpServer/elicitation/request", "9", """ "serverName":"tiny","mode":"form","_meta":null,"message":"Which?","requestedSchema":{"type":"object","properties":{"env":{"type":"string"}}} """);
        await AskAsync(agent, "mcpServer/elicitation/request", "10", """ "serverName":"tiny","mode":"url","message":"Go there","url":"https://example.org/x","elicitationId":"e" """);
        await AnswerAsync(agent, "8", AgentAnswer.Accept, null, """{"id":8,"result":{"action":"accept","content":{}}}""");
        await AnswerAsync(agent, "9", AgentAnswer.Accept, """{"env":"prod"}""", """{"id":9,"result":{"action":"accept","content":{"env":"prod"}}}""");
        await AnswerAsync(agent, "10", AgentAnswer.Decline, """{"not":"sent"}""", """{"id":10,"result":{"action":"decline"}}""");
        await agent.ExitAsync();
        var asked = (await agent.EventsAsync()).OfType<AgentEvent.ApprovalRequested>().Select(e => e.Approval).ToList();
        var tool = Assert.IsType<AgentApproval.Tool>(asked[0]);
        Assert.Equal(("tiny", "echo", """{"text":"T"}"""), (tool.Server, tool.Name, tool.Arguments.GetRawText()));
        Assert.Contains("env", Assert.IsType<AgentApproval.Question>(asked[1]).Schema!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("https://example.org/x", Assert.IsType<AgentApproval.Question>(asked[2]).Address);
    }

    [Fact]
    public async Task The_agents_own_questions_are_answered_by_their_ids()
    {
        await using var agent = await BegunAsync();
        const string Questions = """ "itemId":"q1","isBlocking":true,"questions":[{"id":"a","header":"H","question":"Which?","options":[{"label":"one","description":"d"}]},{"id":"b","header":"I","question":"Secret?","isSecret":true}] """;
        await AskAsync(agent, "item/tool/requestUserInput", "1", Questions);
        await AskAsync(agent, "item/tool/requestUserInput", "2", Questions);
        await AnswerAsync(agent, "1", AgentAnswer.Accept, """{"a":"one","b":["x","y"]}""", """{"id":1,"result":{"answers":{"a":{"answers":["one"]},"b":{"answers":["x","y"]}}}}""");
        await AnswerAsync(agent, "2", AgentAnswer.Decline, null, """{"id":2,"result":{"answers":{}}}""");
        await agent.ExitAsync();
        var question = Assert.IsType<AgentApproval.Question>((await agent.EventsAsync()).OfType<AgentEvent.ApprovalRequested>().First().Approval);
        Assert.Equal("Which?\nSecret?", question.Text);
        Assert.Equal("one", question.Schema!.Value.GetProperty("properties").GetProperty("a").GetProperty("examples")[0].GetString());
    }

    [Theory]
    [InlineData("item/permissions/requestApproval", """ "itemId":"p","cwd":"/ws","permissions":{"network":{"enabled":true}} """, """{"permissions":{},"scope":"turn"}""")]
    [InlineData("mcpServer/elicitation/request", """ "serverName":"x","mode":"openai/userVerification","challenge":"c","title":"t","description":"d" """, """{"action":"decline"}""")]
    public async Task Nobody_is_asked_for_what_is_never_given(string method, string parameters, string result)
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, method, "3", parameters);
        Assert.Equal($$$$"""{"id":3,"result":{{{{result}}}}}""", (await agent.HearAsync()).ToJsonString());
        await agent.ExitAsync();
        var events = await agent.EventsAsync();
        Assert.DoesNotContain(events, e => e is AgentEvent.ApprovalRequested);
        Assert.Single(events, e => e is AgentEvent.Notice);
    }

    [Theory]
    [InlineData("item/tool/call", """{"threadId":"t1","tool":"x","arguments":{}}""", -32601)]
    [InlineData("applyPatchApproval", """{"callId":"x"}""", -32601)]
    [InlineData("account/chatgptAuthTokens/refresh", "{}", -32601)]
    [InlineData("brand/new", "[1]", -32601)]
    [InlineData("item/commandExecution/requestApproval", "7", -32602)]
    [InlineData("item/commandExecution/requestApproval", """{"threadId":"t1","command":["a"]}""", -32602)]
    [InlineData("item/commandExecution/requestApproval", """{"threadId":"another","turnId":"u1","itemId":"c"}""", -32000)]
    public async Task Every_request_is_answered_also_one_that_is_not_understood(string method, string parameters, int code)
    {
        await using var agent = await BegunAsync();
        await agent.SayAsync($$$$"""{"method":"{{{{method}}}}","id":"r","params":{{{{parameters}}}}}""");
        var answer = await agent.HearAsync();
        Assert.Equal(("r", code), (answer["id"]!.GetValue<string>(), answer["error"]!["code"]!.GetValue<int>()));
        await agent.ExitAsync();
        Assert.Single(await agent.EventsAsync(), e => e is AgentEvent.Unknown unknown && unknown.Kind == method);
    }

    [Fact]
    public async Task A_request_that_takes_the_place_of_another_ends_that_one()
    {
        await using var agent = await BegunAsync();
        await AskAsync(agent, "item/commandExecution/requestApproval", "0", """ "itemId":"c1","command":"harmless" """);
        await AskAsync(agent, "item/commandExecution/requestApproval", "0", """ "itemId":"c2","command":"other" """);
        await agent.ExitAsync();
        var events = (await agent.EventsAsync()).Where(e => e is AgentEvent.ApprovalRequested or AgentEvent.ApprovalResolved).Select(e => e.GetType().Name);
        Assert.Equal(["ApprovalRequested", "ApprovalResolved", "ApprovalRequested", "ApprovalResolved"], events);
    }

    private static async Task<FakeAgent> BegunAsync()
    {
        var agent = new FakeAgent();
        await agent.StartAsync();
        await agent.SayAsync("turn/started", """{"threadId":"t1","turn":{"id":"u1"}}""");
        return agent;
    }

    private static async Task AskAsync(FakeAgent agent, string method, string id, string parameters)
    {
        await agent.SayAsync($$$$"""{"method":"{{{{method}}}}","id":{{{{id}}}},"params":{{{{{About}}}},{{{{parameters}}}}}}""");
        if (!method.StartsWith("item/permissions", StringComparison.Ordinal) && !parameters.Contains("userVerification", StringComparison.Ordinal)) await agent.FenceAsync();
    }

    private static async Task AnswerAsync(FakeAgent agent, string id, AgentAnswer answer, string? content, string expected)
    {
        JsonElement? given = content is null ? null : JsonElement.Parse(content);
        Assert.True(await agent.Driver.AnswerAsync(id, answer, given, CancellationToken.None));
        Assert.Equal(expected, (await agent.HearAsync()).ToJsonString());
    }
}

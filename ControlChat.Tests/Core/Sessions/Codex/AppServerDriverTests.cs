using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class AppServerDriverTests
{
    private const string Profile = """{"id":"hub","extends":null}""";
    private static readonly AgentOrder _order = new("/ws", "hub", "Be brief.", [new AgentToolServer("hub", new Uri("http://127.0.0.1:5000/mcp/workspace"), "Bearer abc", Asks: true), new AgentToolServer("notes", new Uri("http://127.0.0.1:5000/x"), null, Asks: false)]);

    [Fact]
    public async Task A_thread_is_begun_with_its_profile_its_tools_and_without_a_sandbox()
    {
        await using var agent = new FakeAgent();
        var starting = agent.Driver.StartAsync(_order, CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("initialize"), "{}");
        await agent.HearAsync("initialized");
        var start = await agent.HearAsync("thread/start");
        var expected = JsonNode.Parse("""
            {"cwd":"/ws","approvalPolicy":"on-request","approvalsReviewer":"user","permissions":"hub","developerInstructions":"Be brief.","config":{
              "mcp_servers.hub":{"url":"http://127.0.0.1:5000/mcp/workspace","http_headers":{"Authorization":"Bearer abc"},"tool_timeout_sec":900},
              "mcp_servers.notes":{"url":"http://127.0.0.1:5000/x","default_tools_approval_mode":"approve","tool_timeout_sec":900}}}
            """);
        Assert.True(JsonNode.DeepEquals(expected, start["params"]), start.ToJsonString());
        await agent.AnswerAsync(start, FakeAgent.ThreadAnswer("t7"));
        Assert.Equal("t7", await starting);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task Agents_that_stumble_over_each_other_in_one_workspace_try_again(int failures, bool begins)
    {
        await using var agent = new FakeAgent();
        var starting = agent.Driver.StartAsync(_order, CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("initialize"), "{}");
        await agent.HearAsync("initialized");
        for (var i = 0; i < failures; i++)
        {
            var asked = await agent.HearAsync("thread/start");
            await agent.SayAsync("{\"id\":" + asked["id"]!.ToJsonString() + ",\"error\":{\"code\":-32603,\"message\":\"error creating thread: fs sandbox helper failed with status exit status: 1\"}}");
        }
        if (begins)
        {
            await agent.AnswerAsync(await agent.HearAsync("thread/start"), FakeAgent.ThreadAnswer("t7"));
            Assert.Equal("t7", await starting);
        }
        else Assert.Contains("fs sandbox helper failed", (await Assert.ThrowsAnyAsync<AgentException>(() => starting)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("A")]
    [InlineData("")]
    public async Task A_tool_server_with_a_name_that_is_another_setting_is_refused(string name)
    {
        await using var agent = new FakeAgent();
        var starting = agent.Driver.StartAsync(_order with { ToolServers = [new AgentToolServer(name, new Uri("http://127.0.0.1/"), null, true)] }, CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("initialize"), "{}");
        await Assert.ThrowsAsync<ArgumentException>(() => starting);
    }

    [Theory]
    [InlineData("null", "\"on-request\"", "\"user\"", "/ws", "no permission profile")]
    [InlineData("""{"id":"other"}""", "\"on-request\"", "\"user\"", "/ws", "'other' instead of 'hub'")]
    [InlineData(Profile, "\"never\"", "\"user\"", "/ws", "would not ask")]
    [InlineData(Profile, """{"granular":{}}""", "\"user\"", "/ws", "would not ask")]
    [InlineData(Profile, "\"on-request\"", "\"auto_review\"", "/ws", "in place of a person")]
    [InlineData(Profile, "\"on-request\"", "null", "/ws", "in place of a person")]
    [InlineData(Profile, "\"on-request\"", "\"user\"", "/", "not in its workspace")]
    public async Task An_agent_that_would_run_with_other_rights_is_not_spoken_to(string profile, string policy, string reviewer, string directory, string reason)
    {
        await using var agent = new FakeAgent();
        var answer = $$$$"""{"thread":{"id":"t1"},"cwd":"{{{{directory}}}}","approvalPolicy":{{{{policy}}}},"approvalsReviewer":{{{{reviewer}}}},"activePermissionProfile":{{{{profile}}}}}""";
        var refused = await Assert.ThrowsAsync<AgentException>(() => agent.StartAsync(answer: answer));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        var written = agent.Written.Count;
        await Assert.ThrowsAsync<AgentException>(() => agent.Driver.SendAsync("hello", CancellationToken.None));
        await agent.Driver.InterruptAsync(CancellationToken.None);
        Assert.Equal(written, agent.Written.Count);
    }

    [Fact]
    public async Task What_a_real_Codex_answers_to_a_sandbox_is_refused()
    {
        var thread = Recording.Threads("app-approvals")[0];
        var answer = Recording.Of("app-approvals", thread).First(l => l.Message["result"]?["thread"] is not null).Message["result"]!.ToJsonString();
        await using var agent = new FakeAgent();
        var refused = await Assert.ThrowsAsync<AgentException>(() => agent.StartAsync(answer: answer));
        Assert.Contains("no permission profile", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thread_is_taken_up_with_everything_it_was_begun_with()
    {
        await using var agent = new FakeAgent();
        var starting = agent.Driver.StartAsync(_order with { ThreadId = "t9", ToolServers = [] }, CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("initialize"), "{}");
        await agent.HearAsync("initialized");
        var resume = await agent.HearAsync("thread/resume");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"threadId":"t9","cwd":"/ws","approvalPolicy":"on-request","approvalsReviewer":"user","permissions":"hub","developerInstructions":"Be brief.","excludeTurns":true}"""), resume["params"]), resume.ToJsonString());
        await agent.AnswerAsync(resume, FakeAgent.ThreadAnswer("another"));
        Assert.Contains("not 't9'", (await Assert.ThrowsAnyAsync<AgentException>(() => starting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_joins_the_turn_that_runs_and_begins_one_when_it_is_over()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        await TurnAsync(agent, "u1");
        var joining = agent.Driver.SendAsync("also this", CancellationToken.None);
        var steer = await agent.HearAsync("turn/steer");
        Assert.Equal("u1", steer["params"]!["expectedTurnId"]!.GetValue<string>());
        await agent.AnswerAsync(steer, """{"turnId":"u1"}""");
        Assert.Equal("u1", await joining);

        var late = agent.Driver.SendAsync("too late", CancellationToken.None);
        await agent.SayAsync($$$$"""{"id":{{{{(await agent.HearAsync("turn/steer"))["id"]}}}},"error":{"code":-32600,"message":"no active turn to steer"}}""");
        await agent.AnswerAsync(await agent.HearAsync("turn/start"), """{"turn":{"id":"u2"}}""");
        Assert.Equal("u2", await late);
    }

    [Fact]
    public async Task Two_people_steering_at_once_are_heard_one_after_the_other()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var both = new[] { agent.Driver.SendAsync("one", CancellationToken.None), agent.Driver.SendAsync("two", CancellationToken.None) };
        var first = await agent.HearAsync("turn/start");
        await agent.FenceAsync();
        await agent.SayAsync("turn/started", """{"threadId":"t1","turn":{"id":"u1"}}""");
        await agent.AnswerAsync(first, """{"turn":{"id":"u1"}}""");
        await agent.AnswerAsync(await agent.HearAsync("turn/steer"), """{"turnId":"u1"}""");
        Assert.Equal(["u1", "u1"], await Task.WhenAll(both));
    }

    [Fact]
    public async Task An_interrupt_ends_the_turn_and_then_its_commands()
    {
        await using var agent = new FakeAgent(cleans: false);
        await agent.StartAsync();
        await TurnAsync(agent, "u1");
        var interrupting = agent.Driver.InterruptAsync(CancellationToken.None);
        var interrupt = await agent.HearAsync("turn/interrupt");
        Assert.Equal("""{"threadId":"t1","turnId":"u1"}""", interrupt["params"]!.ToJsonString());
        await agent.AnswerAsync(interrupt, "{}");
        await agent.AnswerAsync(await agent.HearAsync("thread/backgroundTerminals/clean"), "{}");
        await interrupting;
    }

    [Fact]
    public async Task A_turn_that_was_begun_a_moment_ago_can_be_interrupted()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var sending = agent.Driver.SendAsync("go", CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("turn/start"), """{"turn":{"id":"u1"}}""");
        await sending;
        var interrupting = agent.Driver.InterruptAsync(CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("turn/interrupt"), "{}");
        await interrupting;
    }

    [Fact]
    public async Task A_failed_turn_has_its_commands_ended()
    {
        await using var agent = new FakeAgent(cleans: false);
        await agent.StartAsync();
        await agent.SayAsync("turn/started", """{"threadId":"t1","turn":{"id":"u1"}}""");
        await agent.SayAsync("item/started", """{"threadId":"t1","turnId":"u1","item":{"type":"commandExecution","id":"c1","command":"sleep 300"}}""");
        await agent.SayAsync("turn/completed", """{"threadId":"t1","turn":{"id":"u1","status":"failed","error":{"message":"boom"}}}""");
        await agent.AnswerAsync(await agent.HearAsync("thread/backgroundTerminals/clean"), "{}");
    }

    [Fact]
    public async Task An_agent_that_answers_nothing_is_given_up_in_time()
    {
        var time = new FakeTime();
        await using var agent = new FakeAgent(time, cleans: false);
        await agent.StartAsync();
        await TurnAsync(agent, "u1");
        var interrupting = agent.Driver.InterruptAsync(CancellationToken.None);
        await agent.HearAsync("turn/interrupt");
        await PassAsync(time, interrupting);
        await Assert.ThrowsAsync<AgentException>(() => interrupting);

        var stopping = agent.Driver.StopAsync(CancellationToken.None);
        await agent.HearAsync("turn/interrupt");
        await PassAsync(time, stopping);
        await stopping;
        await agent.Listening;
    }

    [Fact]
    public async Task An_orderly_end_interrupts_closes_the_input_and_is_told_as_one()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var events = agent.EventsAsync();
        await TurnAsync(agent, "u1");
        var stopping = agent.Driver.StopAsync(CancellationToken.None);
        await agent.AnswerAsync(await agent.HearAsync("turn/interrupt"), "{}");
        await agent.SayAsync("turn/completed", """{"threadId":"t1","turn":{"id":"u1","status":"interrupted"}}""");
        await stopping;
        await agent.Listening;
        await agent.ExitAsync(0);
        var all = await events;
        Assert.Equal(TurnOutcome.Interrupted, all.OfType<AgentEvent.TurnFinished>().Single().Outcome);
        Assert.DoesNotContain(all, e => e is AgentEvent.Error);
        Assert.True(Assert.IsType<AgentEvent.Ended>(all[^1]).Orderly);
        await agent.Driver.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_crash_says_what_the_agent_complained_of()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var sending = agent.Driver.SendAsync("go", CancellationToken.None);
        await agent.HearAsync("turn/start");
        await agent.ExitAsync(101, "thread 'main' panicked");
        Assert.Contains("panicked", (await Assert.ThrowsAsync<AgentException>(() => sending)).Message, StringComparison.Ordinal);
        var ended = Assert.IsType<AgentEvent.Ended>((await agent.EventsAsync())[^1]);
        Assert.Equal((false, 101), (ended.Orderly, ended.ExitCode));
        Assert.Contains("panicked", ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_process_is_enough_when_somebody_else_holds_its_output_open()
    {
        var time = new FakeTime();
        await using var agent = new FakeAgent(time);
        await agent.StartAsync();
        var events = agent.EventsAsync();
        await agent.SayAsync("warning", """{"message":"last words"}""");
        agent.ExitOnly(137);
        await PassAsync(time, events);
        Assert.Contains(await events, e => e is AgentEvent.Notice { Text: "last words" });
        Assert.Equal(137, Assert.IsType<AgentEvent.Ended>((await events)[^1]).ExitCode);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_makes_the_agent_wait()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var piece = new string('x', 100_000);
        var said = 0;
        var flood = Task.Run(async () =>
        {
            for (; said < 400; said++) await agent.SayAsync("item/commandExecution/outputDelta", $$$$"""{"threadId":"t1","turnId":"u1","itemId":"c1","delta":"{{{{piece}}}}"}""");
            await agent.ExitAsync();
        });
        var before = -1;
        await Waiting.UntilAsync(() => said > 50 && said == Interlocked.Exchange(ref before, said) && !flood.IsCompleted, TimeSpan.FromMinutes(1));
        Assert.InRange(said, 50, 120);
        Assert.Equal(400, (await agent.EventsAsync()).OfType<AgentEvent.CommandOutput>().Count());
        await flood;
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Ten_thousand_spoilt_lines_end_as_any_session_does(int seed)
    {
        var random = new Random(seed);
        var samples = Recording.Of("app-approvals").Where(l => !l.IsOurs).Select(l => System.Text.Encoding.UTF8.GetBytes(l.Message.ToJsonString())).ToArray();
        await using var agent = new FakeAgent();
        var events = agent.EventsAsync();
        for (var i = 0; i < 10_000; i++)
        {
            var line = samples[random.Next(samples.Length)];
            await agent.SayAsync(random.Next(3) == 0 ? line : JsonLinesTests.Spoil(line, random));
        }
        await agent.SayAsync("{}");
        await agent.ExitAsync(1);
        var all = await events;
        Assert.IsType<AgentEvent.Ended>(all[^1]);
        Assert.Single(all, e => e is AgentEvent.Ended);
        Assert.Equal(all.Count(e => e is AgentEvent.TurnStarted), all.Count(e => e is AgentEvent.TurnFinished));
        Assert.Equal(all.Count(e => e is AgentEvent.ApprovalRequested), all.Count(e => e is AgentEvent.ApprovalResolved));
        Assert.True(all.Count(e => e is AgentEvent.Error { Code: "malformed" }) > 1000);
    }

    private static Task PassAsync(FakeTime time, Task until) => Waiting.UntilAsync(() =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return until.IsCompleted;
    });

    private static async Task TurnAsync(FakeAgent agent, string id)
    {
        await agent.SayAsync("turn/started", $$$$"""{"threadId":"t1","turn":{"id":"{{{{id}}}}"}}""");
        await agent.FenceAsync();
    }
}

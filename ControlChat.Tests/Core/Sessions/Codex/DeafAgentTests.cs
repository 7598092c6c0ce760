using ControlChat.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>An agent that does not read what is written to it.</summary>
public sealed class DeafAgentTests
{
    private const string Ask = """{"method":"item/commandExecution/requestApproval","id":7,"params":{"threadId":"t1","turnId":"u1","itemId":"c1","command":"touch /x"}}""";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_is_left_within_three_seconds()
    {
        var time = new FakeTime();
        await using var agent = await BegunAsync(time);
        await agent.BlockAsync();
        var stopping = agent.Driver.StopAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(3));
        await stopping.WaitAsync(_limit);
        await agent.Listening.WaitAsync(_limit);
    }

    [Fact]
    public async Task It_is_left_at_once_when_nobody_waits()
    {
        await using var agent = await BegunAsync(new FakeTime());
        await agent.BlockAsync();
        await agent.Driver.StopAsync(new CancellationToken(canceled: true)).WaitAsync(_limit);
        await agent.Listening.WaitAsync(_limit);
    }

    [Fact]
    public async Task It_is_left_though_it_asks_on_and_on()
    {
        var time = new FakeTime();
        await using var agent = await BegunAsync(time);
        await agent.BlockAsync();
        for (var i = 0; i < 20; i++) await agent.SayAsync($$$$"""{"method":"brand/new","id":{{{{i}}}},"params":{}}""");
        var stopping = agent.Driver.StopAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(3));
        await stopping.WaitAsync(_limit);
        await agent.ExitAsync();
        Assert.Equal(20, (await agent.EventsAsync()).Count(e => e is AgentEvent.Unknown { Kind: "brand/new" }));
    }

    [Fact]
    public async Task It_is_heard_though_it_does_not_read()
    {
        var time = new FakeTime();
        await using var agent = await BegunAsync(time);
        var heard = false;
        var reading = Task.Run(async () =>
        {
            await foreach (var happened in agent.Driver.ReadAsync(CancellationToken.None)) heard |= happened is AgentEvent.Notice;
        });
        await agent.BlockAsync();
        await agent.SayAsync("warning", """{"message":"still here"}""");
        var passed = TimeSpan.Zero;
        await Waiting.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            passed += TimeSpan.FromMilliseconds(20);
            return Volatile.Read(ref heard);
        });
        Assert.True(passed < TimeSpan.FromSeconds(30), $"{passed}");
        await agent.ExitAsync();
        await reading;
    }

    [Fact]
    public async Task A_decision_is_sent_though_the_one_who_made_it_waits_no_more()
    {
        await using var agent = await BegunAsync(new FakeTime());
        await agent.SayAsync(Ask);
        await agent.FenceAsync();
        await agent.BlockAsync();
        using var patience = new CancellationTokenSource();
        var answering = agent.Driver.AnswerAsync("7", AgentAnswer.Accept, null, patience.Token);
        await patience.CancelAsync();
        agent.ReadOn();
        await agent.HearAsync();
        Assert.Equal("""{"id":7,"result":{"decision":"accept"}}""", (await agent.HearAsync()).ToJsonString());
        Assert.True(await answering);
        await agent.ExitAsync();
        Assert.Equal(AgentAnswer.Accept, Assert.Single((await agent.EventsAsync()).OfType<AgentEvent.ApprovalResolved>()).Answer);
    }

    [Fact]
    public async Task A_decision_that_is_not_made_yet_can_be_made_again()
    {
        await using var agent = await BegunAsync(new FakeTime());
        await agent.SayAsync(Ask);
        await agent.FenceAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => agent.Driver.AnswerAsync("7", AgentAnswer.Accept, null, new CancellationToken(canceled: true)));
        Assert.True(await agent.Driver.AnswerAsync("7", AgentAnswer.Decline, null, CancellationToken.None));
        await agent.ExitAsync();
        Assert.Equal(AgentAnswer.Decline, Assert.Single((await agent.EventsAsync()).OfType<AgentEvent.ApprovalResolved>()).Answer);
    }

    [Fact]
    public async Task A_decision_that_does_not_arrive_counts_as_cancelled_and_says_so()
    {
        var time = new FakeTime();
        await using var agent = await BegunAsync(time);
        await agent.SayAsync(Ask);
        await agent.FenceAsync();
        await agent.BlockAsync();
        var answering = agent.Driver.AnswerAsync("7", AgentAnswer.Accept, null, CancellationToken.None);
        time.Advance(_limit);
        Assert.Contains("did not reach", (await Assert.ThrowsAsync<AgentException>(() => answering.WaitAsync(_limit))).Message, StringComparison.Ordinal);
        Assert.False(await agent.Driver.AnswerAsync("7", AgentAnswer.Accept, null, CancellationToken.None));
        await agent.ExitAsync();
        Assert.Null(Assert.Single((await agent.EventsAsync()).OfType<AgentEvent.ApprovalResolved>()).Answer);
    }

    [Fact]
    public async Task A_decision_on_its_way_when_the_agent_ends_is_told_once()
    {
        await using var agent = await BegunAsync(new FakeTime());
        await agent.SayAsync(Ask);
        await agent.FenceAsync();
        agent.StopReading();
        var answering = agent.Driver.AnswerAsync("7", AgentAnswer.Accept, null, CancellationToken.None);
        await agent.ExitAsync(1);
        await Assert.ThrowsAsync<AgentException>(() => answering.WaitAsync(_limit));
        var events = await agent.EventsAsync();
        Assert.Null(Assert.Single(events.OfType<AgentEvent.ApprovalResolved>()).Answer);
        Assert.IsType<AgentEvent.Ended>(events[^1]);
    }

    private static async Task<FakeAgent> BegunAsync(FakeTime time)
    {
        var agent = new FakeAgent(time);
        await agent.StartAsync();
        await agent.SayAsync("turn/started", """{"threadId":"t1","turn":{"id":"u1"}}""");
        await agent.FenceAsync();
        return agent;
    }
}

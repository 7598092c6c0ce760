using System.Text;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class ExecTests
{
    public static TheoryData<string> Names() => [.. Recording.Exec];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recorded_run_becomes_the_events_that_were_written_down(string name)
    {
        var failed = name.Contains("-e4", StringComparison.Ordinal) || name.Contains("-e5", StringComparison.Ordinal) || name.Contains("-f-", StringComparison.Ordinal);
        var events = await ReadAsync(await File.ReadAllTextAsync(Recording.PathOf(name + ".jsonl")), new AgentExit(name.Contains("-g-", StringComparison.Ordinal) ? 143 : failed ? 1 : 0, ""));
        Golden.Compare(name, EventText.Of(events));
        RecordingTests.AssertWhole(events);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_run_that_ends_after_any_byte_leaves_one_last_event_and_nothing_open(string name)
    {
        var text = await File.ReadAllTextAsync(Recording.PathOf(name + ".jsonl"));
        for (var length = 0; length < text.Length; length += 17) RecordingTests.AssertWhole(await ReadAsync(text[..length], new AgentExit(137, "")));
    }

    [Fact]
    public async Task A_message_that_a_retry_repeats_is_shown_once()
    {
        var events = await ReadAsync(await File.ReadAllTextAsync(Recording.PathOf("exec-f-nocompleted.jsonl")), new AgentExit(1, ""));
        Assert.Single(events.OfType<AgentEvent.Message>(), m => m.Text == "minimal");
    }

    [Fact]
    public async Task A_run_that_says_nothing_tells_the_tail_of_its_complaint()
    {
        var events = await ReadAsync("", new AgentExit(1, "Error: no rollout found for thread id 0"));
        Assert.Equal(2, events.Count);
        Assert.Contains("no rollout found", Assert.IsType<AgentEvent.Error>(events[0]).Text, StringComparison.Ordinal);
        Assert.False(Assert.IsType<AgentEvent.Ended>(events[1]).Orderly);
    }

    [Fact]
    public async Task A_to_do_list_is_a_plan_and_a_line_of_another_kind_is_kept()
    {
        var events = await ReadAsync("""
            {"type":"turn.started"}
            {"type":"item.updated","item":{"id":"item_0","type":"todo_list","items":[{"text":"one","completed":true},{"text":"two","completed":false}]}}
            {"type":"item.completed","item":{"id":"item_1","type":"hologram","shape":"cube"}}
            {"type":"weather.changed","to":"rain"}
            {"type":"item.completed","item":{"id":7,"type":"agent_message"}}
            {"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":2,"reasoning_output_tokens":0}}
            """, new AgentExit(0, ""));
        Assert.Equal([new PlanStep("one", "completed"), new PlanStep("two", "pending")], events.OfType<AgentEvent.Plan>().Single().Steps);
        Assert.Equal(["item.completed", "weather.changed"], events.OfType<AgentEvent.Unknown>().Select(u => u.Kind));
        Assert.Single(events.OfType<AgentEvent.Error>(), e => e.Code == "malformed");
        Assert.Equal(TurnOutcome.Completed, events.OfType<AgentEvent.TurnFinished>().Single().Outcome);
    }

    private static async Task<List<AgentEvent>> ReadAsync(string output, AgentExit exit)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(output));
        var pipes = new AgentPipes(stream, Stream.Null, Task.FromResult(exit));
        List<AgentEvent> events = [];
        await foreach (var happened in ExecReader.ReadAsync(pipes, TimeProvider.System, CancellationToken.None)) events.Add(happened);
        return events;
    }
}

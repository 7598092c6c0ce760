using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>Every recording of a real Codex, played against the driver.</summary>
public sealed class RecordingTests
{
    public static TheoryData<string, int> Threads()
    {
        var data = new TheoryData<string, int>();
        foreach (var name in Recording.AppServer)
        {
            for (var i = 0; i < Recording.Threads(name).Count; i++) data.Add(name, i);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Threads))]
    public async Task A_recorded_thread_becomes_the_events_that_were_written_down(string name, int thread)
    {
        await using var agent = new FakeAgent();
        var replay = new Replay(agent);
        await replay.RunAsync(Recording.Of(name, Recording.Threads(name)[thread]));
        Golden.Compare($"{name}-{thread}", EventText.Of(replay.Events));
        Assert.DoesNotContain(replay.Events, e => e is AgentEvent.Error { Code: "malformed" });
        AssertWhole(replay.Events);
    }

    [Theory]
    [MemberData(nameof(Threads))]
    public async Task A_process_that_ends_anywhere_leaves_one_last_event_and_nothing_open(string name, int thread)
    {
        var lines = Recording.Of(name, Recording.Threads(name)[thread]);
        for (var length = 0; length < lines.Count; length++)
        {
            await using var agent = new FakeAgent();
            var replay = new Replay(agent);
            await replay.RunAsync([.. lines.Take(length)]);
            AssertWhole(replay.Events);
        }
    }

    [Fact]
    public async Task Nothing_of_the_sandbox_is_ever_sent_and_no_answer_covers_later_requests()
    {
        List<JsonObject> written = [];
        foreach (var name in Recording.AppServer)
        {
            await using var agent = new FakeAgent();
            await new Replay(agent).RunAsync(Recording.Of(name, Recording.Threads(name)[0]));
            written.AddRange(agent.Written);
        }
        Assert.NotEmpty(written);
        var text = string.Join('\n', written.Select(w => w.ToJsonString()));
        Assert.DoesNotContain("\"sandbox", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("acceptForSession", text, StringComparison.Ordinal);
        Assert.DoesNotContain("acceptWithExecpolicyAmendment", text, StringComparison.Ordinal);
    }

    /// <summary>What holds of every list of events, however the agent ended.</summary>
    internal static void AssertWhole(IReadOnlyList<AgentEvent> events)
    {
        Assert.IsType<AgentEvent.Ended>(events[^1]);
        Assert.Single(events, e => e is AgentEvent.Ended);
        Pairs(events.OfType<AgentEvent.TurnStarted>().Select(e => e.TurnId), events.OfType<AgentEvent.TurnFinished>().Select(e => e.TurnId));
        Pairs(events.OfType<AgentEvent.ApprovalRequested>().Select(e => e.Approval.Id), events.OfType<AgentEvent.ApprovalResolved>().Select(e => e.ApprovalId));
        Pairs(events.OfType<AgentEvent.CommandStarted>().Select(e => e.ItemId), events.OfType<AgentEvent.CommandFinished>().Select(e => e.ItemId));
        var files = events.OfType<AgentEvent.FileChange>().ToList();
        Pairs(files.Where(f => f.Status == ItemStatus.InProgress).Select(f => f.ItemId).Distinct(), files.Where(f => f.Status != ItemStatus.InProgress).Select(f => f.ItemId));
        var calls = events.OfType<AgentEvent.ToolCall>().ToList();
        Pairs(calls.Where(f => f.Status == ItemStatus.InProgress).Select(f => f.ItemId), calls.Where(f => f.Status != ItemStatus.InProgress).Select(f => f.ItemId));
        foreach (var message in events.OfType<AgentEvent.MessageDelta>().GroupBy(d => d.ItemId))
        {
            Assert.Contains(events, e => e is AgentEvent.Message m && m.ItemId == message.Key || e is AgentEvent.Reset r && r.ItemId == message.Key);
        }
    }

    private static void Pairs(IEnumerable<string?> begun, IEnumerable<string?> ended) => Assert.Equal(begun.Order(StringComparer.Ordinal), ended.Order(StringComparer.Ordinal));
}

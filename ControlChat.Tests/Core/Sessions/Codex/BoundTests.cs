using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>What an agent can make us keep, and what it can make us do with one line.</summary>
public sealed class BoundTests
{
    private readonly ThreadProjection _projection = new();

    [Fact]
    public async Task Of_more_requests_than_a_person_decides_on_the_last_are_refused()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        for (var i = 0; i <= ApprovalDesk.Most; i++) await agent.SayAsync($$$$"""{"method":"item/commandExecution/requestApproval","id":{{{{i}}}},"params":{"threadId":"t1","turnId":"u1","itemId":"c","command":"x"}}""");
        var refused = await agent.HearAsync();
        Assert.Equal((64, RpcException.Refused), (refused["id"]!.GetValue<int>(), refused["error"]!["code"]!.GetValue<int>()));
        Assert.False(await agent.Driver.AnswerAsync("64", AgentAnswer.Accept, null, CancellationToken.None));
        Assert.True(await agent.Driver.AnswerAsync("0", AgentAnswer.Accept, null, CancellationToken.None));
        await agent.HearAsync();
        await agent.ExitAsync();
        var events = await agent.EventsAsync();
        Assert.Equal(64, events.Count(e => e is AgentEvent.ApprovalRequested));
        Assert.Equal(64, events.Count(e => e is AgentEvent.ApprovalResolved));
        Assert.Single(events, e => e is AgentEvent.Notice);
    }

    [Fact]
    public void Requests_that_wait_hold_as_much_as_one_message_may()
    {
        var desk = new ApprovalDesk();
        Assert.True(Open(desk, "1", 2L * JsonLines.MostBytes));
        Assert.False(Open(desk, "2", 1));
        Assert.NotNull(desk.Take("1"));
        Assert.False(Open(desk, "3", 1));
        Assert.Single(desk.Unsettled());
        Assert.True(Open(desk, "4", JsonLines.MostBytes / 2));
        Assert.True(Open(desk, "5", JsonLines.MostBytes / 2));
        Assert.False(Open(desk, "6", 1));
        Assert.True(Open(desk, "5", 1));
    }

    [Fact]
    public void Of_more_than_a_thousand_open_items_the_oldest_is_abandoned()
    {
        for (var i = 0; i < 1_000; i++) Assert.Single(Change($"f{i}", "@@"));
        var events = Change("f1000", "@@");
        Assert.Equal([("f0", ItemStatus.Abandoned), ("f1000", ItemStatus.InProgress)], events.OfType<AgentEvent.FileChange>().Select(e => (e.ItemId, e.Status)));
        Assert.Null(_projection.FilesOf("f0"));
        Assert.NotNull(_projection.FilesOf("f1"));
        Assert.Equal(1_000, _projection.End("gone").Count);
    }

    [Fact]
    public void Open_items_hold_four_mebibytes_or_the_newest_alone()
    {
        var million = new string('x', 1_000_000);
        Change("f1", million);
        Change("f2", million);
        Assert.Equal(["f1"], Abandoned(Change("f3", million)));
        Assert.Equal(["f2", "f3"], Abandoned(Change("f4", million + million + million)));
        Assert.Equal(3_000_000, _projection.FilesOf("f4")!.Single().Diff.Length);
        Assert.Equal(["f4"], Abandoned(Change("f5", "@@")));
        Change("f6", "@@");
        Assert.Equal(["f5"], Abandoned(Say("item/fileChange/patchUpdated", $$$$"""{"itemId":"f6","changes":[{"path":"a","diff":"{{{{million + million + million}}}}"}]}""")));
    }

    [Fact]
    public void Of_very_many_messages_the_last_hundred_are_known_again()
    {
        for (var i = 0; i <= 100; i++) Complete($"a{i}", $"text {i}");
        Say("error", """{"error":{"message":"again"},"willRetry":true}""");
        Assert.Single(Complete("b0", "text 0"));
        Assert.Empty(Complete("b1", "text 1"));
        Assert.Empty(Complete("b100", "text 100"));
    }

    [Fact]
    public void Of_very_long_messages_a_million_characters_are_known_again()
    {
        var (half, much) = (new string('h', 600_000), new string('m', 600_000));
        Complete("a1", half);
        Complete("a2", much);
        Complete("a3", half + much);
        Say("error", """{"error":{"message":"again"},"willRetry":true}""");
        Assert.Single(Complete("b1", half));
        Assert.Empty(Complete("b2", much));
        Assert.Single(Complete("b3", half + much));
    }

    [Fact]
    public void A_long_message_in_small_pieces_is_looked_at_once()
    {
        var text = new string('x', 200_000);
        var repeats = new Repeats();
        repeats.Said(text);
        repeats.Retry();
        var message = new MessageStream("a", null, repeats);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20_000; i++) Assert.Null(message.Add("xxxxxxxxxx"));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20_000_000);
        Assert.Equal(text + "y", Assert.IsType<AgentEvent.MessageDelta>(message.Add("y")).Text);
    }

    [Fact]
    public async Task A_refusal_says_nothing_back_but_a_short_id()
    {
        await using var agent = new FakeAgent();
        await agent.StartAsync();
        var much = new string('m', 100_000);
        await agent.SayAsync($$$$"""{"method":"{{{{much}}}}","id":1,"params":{}}""");
        Assert.True((await agent.HearAsync()).ToJsonString().Length < 200);
        await agent.SayAsync($$$$"""{"method":"item/commandExecution/requestApproval","id":"{{{{much}}}}","params":{"threadId":"t1","itemId":"c"}}""");
        await agent.FenceAsync();
        await agent.ExitAsync();
        Assert.Single(await agent.EventsAsync(), e => e is AgentEvent.Unknown { Kind: "message" });
    }

    [Theory]
    [InlineData("turn/plan/updated", """{"plan":[null,{"step":"one"}]}""")]
    [InlineData("item/started", """{"item":{"type":"fileChange","id":"f","changes":[null]}}""")]
    [InlineData("item/completed", """{"item":{"type":"fileChange","id":"f","changes":[null]}}""")]
    [InlineData("item/completed", """{"item":{"type":"reasoning","id":"r","summary":[null,"x"]}}""")]
    public void A_null_in_a_list_is_left_out(string method, string parameters) => Assert.Single(Say(method, parameters));

    [Fact]
    public void A_null_among_the_lines_of_exec_is_left_out()
    {
        var exec = new ExecProjection();
        Assert.Single(Assert.IsType<AgentEvent.Plan>(Assert.Single(exec.Read(JsonElement.Parse("""{"type":"item.updated","item":{"id":"i","type":"todo_list","items":[null,{"text":"one"}]}}""")))).Steps);
        Assert.Empty(Assert.IsType<AgentEvent.FileChange>(Assert.Single(exec.Read(JsonElement.Parse("""{"type":"item.completed","item":{"id":"i","type":"file_change","changes":[null]}}""")))).Files);
    }

    [Fact]
    public async Task A_null_in_any_place_ends_no_session()
    {
        await using var agent = new FakeAgent();
        var reading = agent.EventsAsync();
        var said = 0;
        foreach (var line in Samples())
        {
            foreach (var spoilt in WithNulls(line))
            {
                await agent.SayAsync(spoilt);
                said++;
            }
        }
        await agent.SayAsync("warning", """{"message":"still here"}""");
        await agent.ExitAsync(1);
        var events = await reading;
        Assert.True(said > 300, $"{said}");
        Assert.Contains(events, e => e is AgentEvent.Notice { Text: "still here" });
        Assert.IsType<AgentEvent.Ended>(events[^1]);
        Assert.Equal(events.Count(e => e is AgentEvent.ApprovalRequested), events.Count(e => e is AgentEvent.ApprovalResolved));
    }

    // One of each method and kind of item that was recorded, and what was not.
    private static IEnumerable<string> Samples() => Recording.AppServer.SelectMany(n => Recording.Of(n)).Where(l => !l.IsOurs && l.Method is not "exit")
        .DistinctBy(l => (l.Method, l.Message["params"]?["item"]?["type"]?.ToJsonString())).Select(l => l.Message.ToJsonString()).Where(l => l.Length < 20_000)
        .Concat([
            """{"method":"turn/plan/updated","params":{"threadId":"t1","turnId":"u1","plan":[{"step":"s","status":"pending"}]}}""",
            """{"method":"item/fileChange/patchUpdated","params":{"threadId":"t1","itemId":"f1","changes":[{"path":"a","kind":{"type":"add"},"diff":"x"}]}}""",
            """{"method":"item/tool/requestUserInput","id":77,"params":{"threadId":"t1","itemId":"q","questions":[{"id":"a","header":"H","question":"W","options":[{"label":"one","description":"d"}]}]}}""",
            """{"method":"item/started","params":{"threadId":"t1","item":{"type":"fileChange","id":"f1","changes":[{"path":"a","kind":{"type":"add"},"diff":"x"}]}}}""",
            """{"method":"item/fileChange/requestApproval","id":78,"params":{"threadId":"t1","itemId":"f1"}}""",
        ]);

    // The line with each of its values replaced by null in turn, and with a null put into each list.
    private static IEnumerable<byte[]> WithNulls(string line)
    {
        for (var place = 0; ; place++)
        {
            var root = JsonNode.Parse(line)!;
            var left = place;
            if (!Spoil(root, ref left)) yield break;
            yield return Encoding.UTF8.GetBytes(root.ToJsonString());
        }
    }

    private static bool Spoil(JsonNode node, ref int left)
    {
        if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields.ToList())
            {
                if (left-- == 0) fields[name] = null;
                else if (value is null || !Spoil(value, ref left)) continue;
                return true;
            }
        }
        else if (node is JsonArray list)
        {
            if (left-- == 0)
            {
                list.Insert(0, null);
                return true;
            }
            for (var i = 0; i < list.Count; i++)
            {
                if (left-- == 0) list[i] = null;
                else if (list[i] is not { } value || !Spoil(value, ref left)) continue;
                return true;
            }
        }
        return false;
    }

    private static bool Open(ApprovalDesk desk, string id, long bytes) =>
        desk.Open(new ApprovalDesk.OpenRequest(new RpcId(id), ApprovalReader.Command, new AgentApproval.Command(id, "u1", "c", null, "x", null, []), bytes), out _);

    private IReadOnlyList<AgentEvent> Change(string id, string diff) => Say("item/started", $$$$"""{"item":{"type":"fileChange","id":"{{{{id}}}}","changes":[{"path":"a","kind":{"type":"add"},"diff":"{{{{diff}}}}"}]}}""");

    private IReadOnlyList<AgentEvent> Complete(string id, string text) => Say("item/completed", $$$$"""{"item":{"type":"agentMessage","id":"{{{{id}}}}","text":"{{{{text}}}}"}}""");

    private static IEnumerable<string> Abandoned(IEnumerable<AgentEvent> events) => events.OfType<AgentEvent.FileChange>().Where(e => e.Status == ItemStatus.Abandoned).Select(e => e.ItemId);

    private IReadOnlyList<AgentEvent> Say(string method, string parameters)
    {
        var read = JsonElement.Parse(parameters);
        return _projection.Read(new RpcMessage.Notification(method, read, read));
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>Plays a recording against a driver: does what its client did, holds what the driver writes against what that client wrote,
/// and says what the server said.</summary>
internal sealed class Replay(FakeAgent agent)
{
    private readonly Dictionary<string, string> _ids = [];
    private readonly HashSet<string> _resolved = [];
    private readonly List<Task> _asked = [];
    private JsonObject? _steered;

    public List<AgentEvent> Events { get; private set; } = [];

    /// <param name="lines">All, or the beginning: then the process ends there.</param>
    public async Task RunAsync(IReadOnlyList<RecordedLine> lines)
    {
        var reading = agent.EventsAsync();
        foreach (var line in lines)
        {
            if (line.Method == "exit") break;
            if (line.IsOurs) await DoAsync(line);
            else await SayAsync(line);
        }
        await agent.ExitAsync();
        Events = await reading;
        // What was still waiting for an answer fails, and says so in one way.
        foreach (var asked in _asked)
        {
            var fault = await Record.ExceptionAsync(() => asked);
            Assert.True(fault is null or AgentException, fault?.ToString());
        }
    }

    private async Task DoAsync(RecordedLine line)
    {
        if (line.Method is not ("initialize" or "initialized" or "thread/start") && !AnswersATool(line))
        {
            await agent.FenceAsync();
            await _asked[0];
        }
        var parameters = line.Message["params"];
        switch (line.Method)
        {
            case "initialize":
                _asked.Add(agent.Driver.StartAsync(new AgentOrder("/srv/demo/ws", "hub", null, []), CancellationToken.None));
                break;
            case "turn/start":
            case "turn/steer":
                _asked.Add(agent.Driver.SendAsync(parameters!["input"]![0]!["text"]!.GetValue<string>(), CancellationToken.None));
                break;
            case "turn/interrupt":
                _asked.Add(agent.Driver.InterruptAsync(CancellationToken.None));
                break;
            case "thread/backgroundTerminals/clean":
                return;
            case null:
                await DecideAsync(line);
                return;
        }
        var written = await agent.HearAsync();
        if (line.Id is { } id && written["id"] is { } own) _ids[id] = own.ToJsonString();
        Compare(line, written);
    }

    // {"id":0,"result":{"decision":"accept"}}, or an answer for which a person has no word.
    private async Task DecideAsync(RecordedLine line)
    {
        var result = line.Message["result"];
        if (AnswersATool(line))
        {
            Assert.NotNull((await agent.HearAsync())["error"]);
            return;
        }
        var word = (result?["decision"] ?? result?["action"])?.GetValue<string>();
        var answer = word switch { "accept" or "acceptForSession" => AgentAnswer.Accept, "cancel" => AgentAnswer.Cancel, _ => AgentAnswer.Decline };
        JsonElement? content = result?["content"] is { } given ? JsonSerializer.SerializeToElement(given) : null;
        Assert.Equal(!_resolved.Contains(line.Id!), await agent.Driver.AnswerAsync(line.Id!, answer, content, CancellationToken.None));
        if (_resolved.Contains(line.Id!)) return;
        var written = await agent.HearAsync();
        Assert.Equal(line.Id, written["id"]!.ToJsonString());
        if (word is "accept" or "decline" or "cancel") Assert.True(JsonNode.DeepEquals(result, written["result"]), written.ToJsonString());
    }

    private async Task SayAsync(RecordedLine line)
    {
        var message = line.Message.DeepClone().AsObject();
        if (line.Method == "serverRequest/resolved") _resolved.Add(message["params"]!["requestId"]!.ToJsonString());
        if (line.Method is null)
        {
            // The clean of the recording is answered by itself, and requests the driver did not make have no answer.
            if (!_ids.TryGetValue(line.Id!, out var own)) return;
            message["id"] = JsonNode.Parse(own);
            // It was recorded with a sandbox, which drops the profile.
            if (message["result"]?["thread"] is not null && message["result"]!["activePermissionProfile"]?["id"]?.GetValue<string>() != "hub") Mend(message["result"]!.AsObject());
            if (_steered is { } steer && steer["id"]!.ToJsonString() == own && message["result"]?["turn"]?["id"] is { } turn) message["result"] = new JsonObject { ["turnId"] = turn.DeepClone() };
        }
        await agent.SayAsync(message);
    }

    private void Compare(RecordedLine recorded, JsonObject written)
    {
        var (theirs, ours) = (recorded.Message["params"], written["params"]);
        switch (recorded.Method)
        {
            case "initialize":
                Assert.True(ours!["capabilities"]!["experimentalApi"]!.GetValue<bool>());
                break;
            case "thread/start":
                Assert.Null(ours!["sandbox"]);
                Assert.Equal(theirs!["cwd"]!.ToJsonString(), ours["cwd"]!.ToJsonString());
                Assert.Equal("on-request", ours["approvalPolicy"]!.GetValue<string>());
                break;
            case "turn/start" when written["method"]!.GetValue<string>() == "turn/steer":
                _steered = written;
                Assert.True(JsonNode.DeepEquals(theirs!["input"], ours!["input"]));
                break;
            case "turn/start":
                // Some of the recordings give a turn another policy, which we never do.
                Assert.Equal("turn/start", written["method"]!.GetValue<string>());
                Assert.True(JsonNode.DeepEquals(new JsonObject { ["threadId"] = theirs!["threadId"]!.DeepClone(), ["input"] = theirs["input"]!.DeepClone() }, ours), written.ToJsonString());
                break;
            default:
                Assert.Equal(recorded.Method, written["method"]!.GetValue<string>());
                Assert.True(JsonNode.DeepEquals(theirs, ours), written.ToJsonString());
                break;
        }
    }

    // A tool of the client's own, which the driver refuses at once.
    private static bool AnswersATool(RecordedLine line) => line.Method is null && line.Message["result"]?["success"] is not null;

    private static void Mend(JsonObject result)
    {
        result["activePermissionProfile"] = new JsonObject { ["id"] = "hub" };
        result["approvalPolicy"] = "on-request";
    }
}

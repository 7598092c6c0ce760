using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;
using static ControlChat.Tests.Core.Runner.ScriptedChat;

namespace ControlChat.Tests.Core.Runner;

/// <summary>Models that fail, lie or never end.</summary>
public abstract class RunnerFaultTests(TestStore store)
{
    private readonly FakeGate _gate = new();

    [Fact]
    public async Task Passing_faults_of_the_model_are_tried_again_and_what_was_shown_is_dropped()
    {
        var tries = 0;
        var time = new FakeTime();
        var deltas = new List<JsonNode>();
        IAsyncEnumerator<BusEntry>? tail = null;
        // Until the person has seen the piece, so that there is something to drop.
        Func<Task> shown = async () =>
        {
            var before = deltas.Count(d => (string)d["type"]! == "text_delta");
            while (deltas.Count(d => (string)d["type"]! == "text_delta") == before && await tail!.MoveNextAsync())
                if (JsonNode.Parse(tail.Current.Message.Payload)! is { } entry && entry["type"] is not null) deltas.Add(entry);
        };
        var model = new ScriptedChat(_ => ++tries < 3 ? ["wrong", shown, new ModelException(ModelFault.Cut, "The stream was cut.")] : ["right", shown]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, time);
        var id = await hub.NewAsync();
        tail = hub.Core.Bus.TailAsync(Topics.Stream(id), IBus.Oldest, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(async () => { time.Advance(TimeSpan.FromSeconds(1)); return (await hub.RunAsync(run)).Status == "completed"; });
        Assert.Equal("right", (string?)(await hub.EventsAsync(id)).Last(e => e.Type == "message").Data["text"]);
        Assert.Equal(["text_delta", "reset", "text_delta", "reset", "text_delta"], deltas.Select(d => (string)d["type"]!));
        Assert.Equal((3, 0, "right"), ((int)deltas[4]["data"]!["attempt"]!, (int)deltas[4]["data"]!["offset"]!, (string)deltas[4]["data"]!["text"]!));
    }

    [Fact]
    public async Task A_model_that_stays_away_fails_the_run_with_what_to_do_next()
    {
        var time = new FakeTime();
        var model = new ScriptedChat(_ => [new ModelException(ModelFault.RateLimited, "The model server answered: too many requests.", 429)]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, time);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(async () => { time.Advance(TimeSpan.FromSeconds(1)); return (await hub.RunAsync(run)).Status == "failed"; });
        Assert.Equal(3, model.Given.Count);
        var error = (await hub.EventsAsync(id)).Last(e => e.Type == "run_failed").Data["error"]!;
        Assert.Equal("rate_limited", (string?)error["code"]);
        Assert.Contains("Tried 3 times. Ask again.", (string)error["message"]!);
    }

    [Fact]
    public async Task A_refusal_of_the_model_server_is_not_tried_again()
    {
        var model = new ScriptedChat(_ => [new ModelException(ModelFault.Rejected, "The key was refused. Set OPENAI_API_KEY.", 401)]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var run = await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "failed");
        Assert.Single(model.Given);
        Assert.Equal("The key was refused. Set OPENAI_API_KEY.", run.Error!.Message);
    }

    [Fact]
    public async Task A_bug_fails_the_run_with_a_reference_and_no_details()
    {
        var model = new ScriptedChat(_ => [new InvalidOperationException("secret path /var/x")]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var run = await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "failed");
        Assert.NotNull(run.Error!.Ref);
        Assert.DoesNotContain("secret", run.Error.Message);
    }

    [Theory]
    [InlineData("too_long")]
    [InlineData("content_filter")]
    [InlineData("empty")]
    public async Task An_answer_that_is_none_fails_visibly(string code)
    {
        var model = new ScriptedChat(_ => code switch
        {
            "too_long" => ["half", ChatFinishReason.Length],
            "content_filter" => [ChatFinishReason.ContentFilter],
            _ => [],
        });
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        Assert.Equal(code, (await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "failed")).Error!.Code);
    }

    [Fact]
    public async Task A_model_that_never_ends_is_stopped_at_its_most_turns()
    {
        var model = new ScriptedChat(_ => [Call("thing.read")]);
        var settings = new TestSettings { Current = new HubOptions { Model = new ModelSection { MaxTurns = 4 } } };
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, settings: settings);
        var run = await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "failed");
        Assert.Equal(("max_turns", 4), (run.Error!.Code, run.Turns));
    }

    [Fact]
    public async Task Invented_tools_and_broken_arguments_are_refused_to_the_model_not_to_the_person()
    {
        var broken = new FunctionCallContent("x", "thing_write", null) { AdditionalProperties = new() { ["raw_arguments"] = "{\"a\": tru" } };
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("approve.everything"), broken] : ["sorry"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        await hub.UntilAsync(await hub.SayAsync(id, "go"), "completed");
        Assert.Equal(JsonValueKind.String, _gate.Calls.Single(c => c.Tool == "thing.write").Arguments.ValueKind);
        Assert.Contains(model.Given.Last().SelectMany(m => m.Contents).OfType<FunctionResultContent>(), r => ((string)r.Result!).Contains("There is no tool 'approve_everything'"));
    }

    [Fact]
    public async Task A_run_whose_rights_are_gone_does_nothing_more()
    {
        var principals = new FakePrincipals();
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, principals: principals);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        principals.Closed = true;
        await hub.DecidedAsync(await PendingAsync(hub, id));
        Assert.Equal("denied", (await hub.UntilAsync(run, "failed")).Error!.Code);
        Assert.Single(model.Given);
    }

    private static async Task<string> PendingAsync(RunnerHub hub, string id) =>
        (string)(await hub.EventsAsync(id)).Last(e => e.Type == "approval_requested").Data["approval_id"]!;
}

public sealed class RunnerFaultOnSqliteTests() : RunnerFaultTests(TestStore.Sqlite);

public sealed class RunnerFaultOnPostgresTests() : RunnerFaultTests(TestStore.Postgres);

using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;
using static ControlChat.Tests.Core.Runner.ScriptedChat;

namespace ControlChat.Tests.Core.Runner;

/// <summary>Waiting for people, and stopping.</summary>
public abstract class RunnerDecisionTests(TestStore store)
{
    private readonly FakeGate _gate = new();

    [Fact]
    public async Task A_call_that_asks_lets_the_run_wait_until_the_decision_and_gives_it_to_the_model()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : [$"It says {m[^1].Contents.OfType<FunctionResultContent>().Single().Result}"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        var approval = await PendingAsync(hub, id);
        _gate.Decide(approval, "consumed");
        await hub.DecidedAsync(approval);
        await hub.UntilAsync(run, "completed");
        var events = await hub.EventsAsync(id);
        Assert.Equal(["approval_requested", "usage"], events.Where(e => e.Type is "approval_requested" or "usage").Select(e => e.Type).Order().Take(2));
        Assert.Equal("consumed", (string?)events.Single(e => e.Type == "approval_resolved").Data["status"]);
        Assert.Contains("\"completed\"", (string)events.Last(e => e.Type == "message").Data["text"]!);
        Assert.Single(events, e => e.Type == "run_started");
    }

    [Fact]
    public async Task A_decision_is_taken_up_once_however_often_it_is_announced()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        var approval = await PendingAsync(hub, id);
        _gate.Decide(approval, "declined");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => hub.DecidedAsync(approval))));
        await hub.UntilAsync(run, "completed");
        var events = await hub.EventsAsync(id);
        Assert.Single(events, e => e.Type == "approval_resolved");
        Assert.Single(events, e => e.Type == "tool_finished");
    }

    [Fact]
    public async Task What_was_answered_to_a_workspace_agent_wakes_no_run()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        _gate.Add("apr_agents");
        _gate.Decide("apr_agents", "consumed");
        await hub.DecidedAsync("apr_agents");
        Assert.Equal("waiting", (await hub.RunAsync(run)).Status);
        Assert.DoesNotContain(await hub.EventsAsync(id), e => e.Type == "approval_resolved");
    }

    [Fact]
    public async Task A_run_goes_on_only_when_everything_it_waits_for_is_decided()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask", ("n", 1)), Call("thing.ask", ("n", 2))] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        var approvals = (await hub.EventsAsync(id)).Where(e => e.Type == "approval_requested").Select(e => (string)e.Data["approval_id"]!).ToList();
        Assert.Equal(2, approvals.Count);
        _gate.Decide(approvals[1], "declined");
        await hub.DecidedAsync(approvals[1]);
        Assert.Equal("waiting", (await hub.RunAsync(run)).Status);
        _gate.Decide(approvals[0], "consumed");
        await hub.DecidedAsync(approvals[0]);
        await hub.UntilAsync(run, "completed");
    }

    [Fact]
    public async Task A_stale_plan_lets_the_call_wait_for_the_fresh_one()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        var old = await PendingAsync(hub, id);
        _gate.Add("apr_fresh");
        _gate.Decide(old, "superseded", supersededBy: "apr_fresh");
        await hub.DecidedAsync(old);
        Assert.Equal("waiting", (await hub.RunAsync(run)).Status);
        Assert.Equal("apr_fresh", (string?)(await hub.EventsAsync(id)).Last(e => e.Type == "approval_requested").Data["approval_id"]);
        _gate.Decide("apr_fresh", "consumed");
        await hub.DecidedAsync("apr_fresh");
        await hub.UntilAsync(run, "completed");
    }

    [Fact]
    public async Task What_a_person_had_planned_anew_after_an_expiry_is_not_what_the_run_waits_for()
    {
        var model = new ScriptedChat(m => m.Any(c => c.Contents.OfType<FunctionResultContent>().Any()) ? ["ok"] : [Call("thing.ask")]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "ask");
        await hub.UntilAsync(run, "waiting");
        var old = await PendingAsync(hub, id);
        _gate.Add("apr_fresh");
        _gate.Decide(old, "expired", supersededBy: "apr_fresh");
        await hub.DecidedAsync(old);
        await hub.UntilAsync(run, "completed");
        Assert.DoesNotContain(await hub.EventsAsync(id), e => e.Type == "approval_requested" && (string?)e.Data["approval_id"] == "apr_fresh");
    }

    [Fact]
    public async Task A_waiting_run_does_not_block_and_its_call_is_shown_as_waiting_to_the_next_one()
    {
        var model = new ScriptedChat(m => m[^1].Text == "ask" ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        await hub.UntilAsync(await hub.SayAsync(id, "ask"), "waiting");
        await hub.UntilAsync(await hub.SayAsync(id, "meanwhile"), "completed");
        var result = model.Given.Last().SelectMany(m => m.Contents).OfType<FunctionResultContent>().Single();
        Assert.Contains("waits for a person", (string)result.Result!);
    }

    [Fact]
    public async Task Cancel_stops_a_run_in_the_middle_of_an_answer()
    {
        var never = new TaskCompletionSource();
        var model = new ScriptedChat(m => ["Half an", never.Task]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(() => model.Given.Count == 1);
        Assert.True(await hub.Control.CancelAsync(RunnerHub.Mara, id, run, default));
        Assert.Equal("cancelled", (await hub.RunAsync(run)).Status);
        var next = await hub.SayAsync(id, "again");
        await Waiting.UntilAsync(() => model.Given.Count == 2);
        Assert.True(await hub.Control.CancelAsync(RunnerHub.Mara, id, next, default));
        Assert.Equal(2, (await hub.EventsAsync(id)).Count(e => e.Type == "run_cancelled"));
    }

    [Fact]
    public async Task Cancel_stops_an_answer_also_when_the_worker_could_not_look_at_that_moment()
    {
        var time = new FakeTime();
        var (faults, never) = (0, new TaskCompletionSource());
        var model = new ScriptedChat(_ => ["Half an", never.Task]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, time, through: real => new FaultyDatabase(real)
        {
            OnRead = () => Interlocked.Decrement(ref faults) == 0 ? new HubUnavailableException("away", new TimeoutException()) : null,
        });
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(() => model.Answering == 1);
        Interlocked.Exchange(ref faults, 1);
        Assert.True(await hub.Control.CancelAsync(RunnerHub.Mara, id, run, default));
        await Waiting.UntilAsync(() => Volatile.Read(ref faults) <= 0);
        await Waiting.UntilAsync(() => { time.Advance(TimeSpan.FromSeconds(1)); return model.Answering == 0; });
    }

    [Fact]
    public async Task Cancel_shows_what_was_done_and_what_was_not()
    {
        var hung = new TaskCompletionSource();
        _gate.Before = async (call, token) =>
        {
            if (call.Arguments.GetProperty("n").GetInt32() != 2) return;
            hung.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.write", ("n", 1)), Call("thing.write", ("n", 2)), Call("thing.write", ("n", 3))] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hung.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await hub.Control.CancelAsync(RunnerHub.Mara, id, run, default);
        await Waiting.UntilAsync(async () => (await hub.EventsAsync(id)).Count(e => e.Type == "tool_finished") == 3);
        Assert.Equal(["completed", "cancelled", "cancelled"], (await hub.EventsAsync(id)).Where(e => e.Type == "tool_finished").Select(e => (string)e.Data["status"]!));
        Assert.Single(_gate.Effects);
    }

    [Fact]
    public async Task Only_the_owner_cancels()
    {
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await hub.UntilAsync(run, "waiting");
        Assert.False(await hub.Control.CancelAsync(TestPrincipals.Person("acc_jonas", "admin"), id, run, default));
        Assert.Equal("waiting", (await hub.RunAsync(run)).Status);
    }

    private static async Task<string> PendingAsync(RunnerHub hub, string id) =>
        (string)(await hub.EventsAsync(id)).Last(e => e.Type == "approval_requested").Data["approval_id"]!;
}

public sealed class RunnerDecisionOnSqliteTests() : RunnerDecisionTests(TestStore.Sqlite);

public sealed class RunnerDecisionOnPostgresTests() : RunnerDecisionTests(TestStore.Postgres);

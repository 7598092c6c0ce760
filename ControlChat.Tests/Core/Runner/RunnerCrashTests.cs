using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Tests.Support;
using Xunit;
using static ControlChat.Tests.Core.Runner.ScriptedChat;

namespace ControlChat.Tests.Core.Runner;

/// <summary>A worker dies at random points; the next one carries on. Nothing is lost, nothing is done twice.</summary>
public abstract class RunnerCrashTests(TestStore store)
{
    private const int Seed = 20261121;

    [Fact]
    public async Task Runs_survive_workers_that_die_at_random_points()
    {
        var random = new Random(Seed);
        await using var rows = await store.NewAsync();
        var gate = new FakeGate();
        // Three writes one after the other, then an answer: the same whoever carries the run.
        var model = new ScriptedChat(m => Results(m) < 3 ? [$"step {Results(m)} ", Call("thing.write", ("n", Results(m)))] : ["done"]);
        var runs = new List<(string Conversation, string Run)>();
        for (var round = 0; round < 12; round++)
        {
            var kill = new CancellationTokenSource();
            var left = random.Next(1, 9);
            gate.Before = (_, token) => Interlocked.Decrement(ref left) < 0 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
            await using var hub = await RunnerHub.StartAsync(store, model, gate, rows: rows);
            for (var i = 0; i < 2; i++)
            {
                var id = await hub.NewAsync();
                runs.Add((id, await hub.SayAsync(id, "go")));
            }
            await Waiting.UntilAsync(() => Volatile.Read(ref left) < 0);
            kill.Dispose();
        }
        gate.Before = null;
        await using var last = await RunnerHub.StartAsync(store, model, gate, rows: rows);
        foreach (var (conversation, run) in runs)
        {
            await last.UntilAsync(run, "completed");
            var events = await last.EventsAsync(conversation);
            Assert.Equal(3, events.Count(e => e.Type == "tool_finished"));
            Assert.Equal(3, events.Count(e => e.Type == "tool_started"));
            Assert.Single(events, e => e.Type == "run_finished");
            Assert.Equal("done", (string?)events.Last(e => e.Type == "message").Data["text"]);
        }
        Assert.Equal(3 * runs.Count, gate.Effects.Count);
        Assert.Equal(gate.Effects.Count, gate.Effects.Distinct().Count());
    }

    [Fact]
    public async Task What_was_decided_while_no_process_ran_is_taken_up_at_the_next_start()
    {
        await using var rows = await store.NewAsync();
        var gate = new FakeGate();
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.ask")] : ["ok"]);
        string run, id;
        await using (var hub = await RunnerHub.StartAsync(store, model, gate, rows: rows))
        {
            id = await hub.NewAsync();
            run = await hub.SayAsync(id, "go");
            await hub.UntilAsync(run, "waiting");
            gate.Decide((string)(await hub.EventsAsync(id)).Last(e => e.Type == "approval_requested").Data["approval_id"]!, "consumed");
        }
        await using var next = await RunnerHub.StartAsync(store, model, gate, rows: rows);
        await next.UntilAsync(run, "completed");
    }

    [Fact]
    public async Task A_worker_that_lost_its_run_writes_nothing_more()
    {
        var gate = new FakeGate();
        var hold = new TaskCompletionSource();
        var model = new ScriptedChat(_ => [hold.Task, "too late"]);
        await using var hub = await RunnerHub.StartAsync(store, model, gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(() => model.Given.Count == 1);
        // As if another process had taken it over after a long pause of this one.
        await hub.Core.WriteAsync(t => t.ExecuteAsync("update runs set fence = fence + 1, lease_owner = 'wrk_other' where id = @run", new { run }, default));
        hold.SetResult();
        var after = await hub.SayAsync(await hub.NewAsync(), "elsewhere");
        await hub.UntilAsync(after, "completed");
        Assert.Equal("running", (await hub.RunAsync(run)).Status);
        Assert.Equal(["message", "run_started"], (await hub.EventsAsync(id)).Select(e => e.Type));
    }

    [Fact]
    public async Task A_run_whose_worker_gave_a_sign_since_it_was_looked_at_is_not_taken_from_it()
    {
        var hold = new TaskCompletionSource();
        var model = new ScriptedChat(_ => [hold.Task, "done"]);
        var time = new FakeTime();
        await using var hub = await RunnerHub.StartAsync(store, model, new FakeGate(), time);
        var run = await hub.SayAsync(await hub.NewAsync(), "go");
        await Waiting.UntilAsync(() => model.Answering == 1);
        await hub.Core.WriteAsync(t => t.ExecuteAsync("update runs set lease_until = @past", new { past = t.Now - TimeSpan.FromSeconds(1) }, default));
        RunRow orphan;
        await using (var reader = await hub.Core.Database.ReadAsync(default)) orphan = Assert.Single(await RunStore.OrphansAsync(reader, "wrk_other", false, default));
        var owner = await hub.Core.ReadAsync<string>("select lease_owner from runs");
        await hub.Core.WriteAsync(t => RunStore.ExtendAsync(t, owner!, t.Now + RunWorker.Lease, default));
        await hub.Core.WriteAsync(async t => Assert.False(await RunStore.RequeueAsync(t, orphan, "wrk_other", false, default)));
        Assert.Equal("running", (await hub.RunAsync(run)).Status);
        hold.SetResult();
        await hub.UntilAsync(run, "completed");
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task How_long_a_worker_is_believed_to_live_is_measured_by_the_database_not_by_its_clock(int wrongBySeconds)
    {
        var hold = new TaskCompletionSource();
        var model = new ScriptedChat(_ => [hold.Task, "done"]);
        await using var hub = await RunnerHub.StartAsync(store, model, new FakeGate(), clock: new SkewedTime(TimeSpan.FromSeconds(wrongBySeconds)));
        var run = await hub.SayAsync(await hub.NewAsync(), "go");
        await Waiting.UntilAsync(() => model.Given.Count == 1);
        var claimed = await LeaseAsync(hub, run);
        Assert.InRange(claimed.Left, TimeSpan.Zero, RunWorker.Lease);
        // And at every sign it gives.
        await Waiting.UntilAsync(async () => (await LeaseAsync(hub, run)).Until > claimed.Until);
        Assert.InRange((await LeaseAsync(hub, run)).Left, TimeSpan.Zero, RunWorker.Lease);
        hold.SetResult();
        await hub.UntilAsync(run, "completed");
    }

    private static async Task<(DateTimeOffset Until, TimeSpan Left)> LeaseAsync(RunnerHub hub, string run)
    {
        await using var reader = await hub.Core.Database.ReadAsync(default);
        var until = Timestamps.Parse((await reader.FindAsync<string>("select lease_until from runs where id = @run", new { run }, default))!);
        return (until, until - reader.Now);
    }
}

public sealed class RunnerCrashOnSqliteTests() : RunnerCrashTests(TestStore.Sqlite);

public sealed class RunnerCrashOnPostgresTests() : RunnerCrashTests(TestStore.Postgres);

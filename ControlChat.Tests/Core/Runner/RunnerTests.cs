using ControlChat.Tests.Support;
using Xunit;
using static ControlChat.Tests.Core.Runner.ScriptedChat;

namespace ControlChat.Tests.Core.Runner;

public abstract class RunnerTests(TestStore store)
{
    private readonly FakeGate _gate = new();

    [Fact]
    public async Task Tool_results_go_back_to_the_model_until_it_answers()
    {
        var model = new ScriptedChat(m => Results(m) switch
        {
            0 => ["Let me look. ", Call("thing.read", ("id", "a")), Call("thing.read", ("id", "b"))],
            2 => [Call("thing.write", ("id", "a"))],
            _ => ["All ", "done."],
        });
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.UntilAsync(await hub.SayAsync(id, "go"), "completed");
        Assert.Equal(
            ["message", "run_started", "message", "tool_started", "tool_started", "usage", "tool_finished", "tool_finished", "tool_started", "usage", "tool_finished", "message", "usage", "run_finished"],
            (await hub.EventsAsync(id)).Select(e => e.Type));
        Assert.Equal((3, 30, 15), (run.Turns, run.Usage.InputTokens, run.Usage.OutputTokens));
        // Ids are the hub's own: the model used the same one three times.
        Assert.Equal(3, _gate.Calls.Select(c => c.RequestId).Distinct().Count());
        Assert.All(_gate.Calls, c => Assert.Matches("^[A-Za-z0-9_.:-]{8,128}$", c.RequestId!));
        Assert.Equal(["user", "assistant", "tool", "assistant", "tool"], model.Given.Last().Select(m => m.Role.Value));
    }

    [Fact]
    public async Task Reads_of_one_turn_run_at_once_and_writes_one_after_the_other()
    {
        var together = new TaskCompletionSource();
        _gate.Before = async (call, token) =>
        {
            if (call.Tool != "thing.read") return;
            if (_gate.Calls.Count(c => c.Tool == "thing.read") == 3) together.TrySetResult();
            await together.Task.WaitAsync(TimeSpan.FromSeconds(5), token);
        };
        var model = new ScriptedChat(m => Results(m) == 0
            ? [Call("thing.read", ("n", 1)), Call("thing.read", ("n", 2)), Call("thing.read", ("n", 3)), Call("thing.write", ("n", 4)), Call("thing.write", ("n", 5)), Call("thing.read", ("n", 6))]
            : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "completed");
        Assert.Equal(3, _gate.MostAtOnce);
        Assert.Equal([4, 5, 6], _gate.Calls.Skip(3).Select(c => c.Arguments.GetProperty("n").GetInt32()));
    }

    [Fact]
    public async Task One_run_at_a_time_works_in_a_conversation_in_the_order_of_the_messages()
    {
        var first = new TaskCompletionSource();
        var model = new ScriptedChat(m => m[^1].Text == "one" ? [first.Task, "1"] : [m[^1].Text]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var runs = new List<string>();
        foreach (var text in new[] { "one", "two", "three" }) runs.Add(await hub.SayAsync(id, text));
        await Waiting.UntilAsync(() => model.Given.Count == 1);
        var elsewhere = await hub.NewAsync();
        await hub.UntilAsync(await hub.SayAsync(elsewhere, "beside"), "completed");
        Assert.Equal("queued", (await hub.RunAsync(runs[1])).Status);
        first.SetResult();
        await hub.UntilAsync(runs[2], "completed");
        Assert.Equal(["one", "beside", "two", "three"], model.Given.Select(g => g[^1].Text));
    }

    [Fact]
    public async Task A_read_that_takes_its_time_is_shown_as_begun_before_it_ends()
    {
        var slow = new TaskCompletionSource();
        _gate.Before = (_, token) => slow.Task.WaitAsync(token);
        var model = new ScriptedChat(m => Results(m) == 0 ? [Call("thing.read")] : ["ok"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(async () => (await hub.EventsAsync(id)).Any(e => e.Type == "tool_started"));
        Assert.DoesNotContain(await hub.EventsAsync(id), e => e.Type == "tool_finished");
        slow.SetResult();
        await hub.UntilAsync(run, "completed");
        Assert.Single(_gate.Calls);
    }
}

public sealed class RunnerOnSqliteTests() : RunnerTests(TestStore.Sqlite);

public sealed class RunnerOnPostgresTests() : RunnerTests(TestStore.Postgres);

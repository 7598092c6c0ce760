using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Handoff;
using ControlChat.Tests.Core.Runner;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

/// <summary>Runs and sessions are counted in the transaction that ends them, tokens in the one that says what they cost.</summary>
public abstract class CountedRunsTests(TestStore store)
{
    private const string Sums = "select sum(calls) || ' ' || sum(errors) || ' ' || sum(tokens_in) || ' ' || sum(tokens_out) from usage_days where account_id = @account and token_id = @token and kind = @kind and name = @name";
    private readonly FakeGate _gate = new();

    [Fact]
    public async Task A_run_counts_at_its_end_and_each_of_its_answers_by_tokens()
    {
        var model = new ScriptedChat(m => ScriptedChat.Results(m) < 1 ? [ScriptedChat.Call("thing.read", ("id", "a"))] : ["done"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "go"), "completed");

        Assert.Equal("1 0 20 10", await SumsAsync(hub.Core, RunnerHub.Mara.AccountId, "run", "control"));
        Assert.Equal("1 0 20 10", await SumsAsync(hub.Core, "*", "run", "control"));
        Assert.Equal("1 0 20 10", await SumsAsync(hub.Core, RunnerHub.Mara.AccountId, "run", "*"));
        // How long it took is in a class of its own; tokens have none.
        Assert.Equal(1, await hub.Core.ReadAsync<long>("select count(*) from usage_days where account_id = '*' and bucket >= 0 and calls = 1 and tokens_in = 0"));
    }

    [Fact]
    public async Task A_run_that_failed_is_an_error_and_one_that_completed_is_none()
    {
        var settings = new TestSettings { Current = new HubOptions { Limits = new LimitsSection { TokensPerDay = 1 } } };
        await using var hub = await RunnerHub.StartAsync(store, new ScriptedChat(_ => ["Hello."]), _gate, settings: settings);
        var id = await hub.NewAsync();
        await hub.UntilAsync(await hub.SayAsync(id, "one"), "completed");
        await hub.UntilAsync(await hub.SayAsync(id, "two"), "failed");
        Assert.Equal("2 1 10 5", await SumsAsync(hub.Core, "*", "run", "control"));
        Assert.Equal(15, await hub.Core.ReadAsync<long>("select tokens from token_usage where account_id = @id", new { id = RunnerHub.Mara.AccountId }));
    }

    [Fact]
    public async Task A_cancelled_run_counts_and_is_no_error()
    {
        var never = new TaskCompletionSource();
        var model = new ScriptedChat(_ => ["Half an", never.Task]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate);
        var id = await hub.NewAsync();
        var run = await hub.SayAsync(id, "go");
        await Waiting.UntilAsync(() => model.Given.Count == 1);
        Assert.True(await hub.Control.CancelAsync(RunnerHub.Mara, id, run, default));
        Assert.Equal("cancelled", (await hub.RunAsync(run)).Status);
        Assert.Equal("1 0", await hub.Core.ReadAsync<string>("select sum(calls) || ' ' || sum(errors) from usage_days where account_id = '*' and kind = 'run' and name = 'control'"));
    }

    [Fact]
    public async Task A_session_counts_once_with_its_time_and_what_its_agent_spent()
    {
        var time = new FakeTime();
        await using var hub = await CoreHub.OpenAsync(store, time);
        var sessions = new SessionStore();
        var settings = new TestSettings();
        var (session, _) = await SessionBench.StartedAsync(hub.Database, SessionBench.Asked() with { TokenId = "tok_1" });
        var budget = new SessionBudget(hub.Database, sessions, new AccountLimits(settings, new SettingsStore()));
        await budget.SpendAsync(session, 100, 20, default);
        await budget.SpendAsync(session, 0, 0, default);
        time.Sleep(TimeSpan.FromMinutes(10));
        var ending = new SessionEnding(sessions, new NoApprovals(), new RecordedAudit());
        foreach (var expected in new[] { true, false })
            Assert.Equal(expected, await hub.Database.WriteAsync(t => ending.EndAsync(t, session, null, SessionEnd.Failed, "broke", new ControlChat.Core.Audit.AuditActor("acc_1", null, null, "ui"), default)));

        Assert.Equal("1 1 100 20", await SumsAsync(hub, "acc_1", "session", "chat", "tok_1"));
        Assert.Equal("1 1 100 20", await SumsAsync(hub, "*", "session", "chat"));
        Assert.Equal(600_000, await hub.ReadAsync<long>("select cast(sum(ms) as bigint) from usage_days where account_id = '*'"));
    }

    [Fact]
    public async Task What_is_rolled_back_was_not_used()
    {
        await using var hub = await CoreHub.OpenAsync(store, new FakeTime());
        var (session, _) = await SessionBench.StartedAsync(hub.Database, SessionBench.Asked());
        var ending = new SessionEnding(new SessionStore(), new NoApprovals(), new RecordedAudit());
        await using (var transaction = await hub.Database.BeginAsync(default))
            Assert.True(await ending.EndAsync(transaction, session, null, SessionEnd.Stopped, null, new ControlChat.Core.Audit.AuditActor("acc_1", null, null, "ui"), default));
        Assert.Equal(0, await hub.ReadAsync<long>("select count(*) from usage_days"));
    }

    private static async Task<string?> SumsAsync(CoreHub hub, string account, string kind, string name, string token = "") => await hub.ReadAsync<string>(Sums, new { account, token, kind, name });
}

public sealed class CountedRunsOnSqliteTests() : CountedRunsTests(TestStore.Sqlite);

public sealed class CountedRunsOnPostgresTests() : CountedRunsTests(TestStore.Postgres);

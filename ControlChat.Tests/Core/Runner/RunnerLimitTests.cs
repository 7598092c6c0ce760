using ControlChat.Core.Accounts;
using ControlChat.Core.Runner;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Runner;

public abstract class RunnerLimitTests(TestStore store)
{
    private readonly FakeGate _gate = new();
    private readonly TestSettings _settings = new() { Current = new HubOptions { Limits = new LimitsSection { TokensPerDay = 20 } } };

    [Fact]
    public async Task A_run_ends_with_words_when_the_days_tokens_are_used_and_the_next_day_begins_anew()
    {
        var time = new FakeTime();
        var model = new ScriptedChat(_ => ["Hello."]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, time, settings: _settings);
        var id = await hub.NewAsync();
        await hub.UntilAsync(await hub.SayAsync(id, "one"), "completed");
        Assert.Contains("it used 0 of 20 tokens today", model.LastOptions!.Instructions, StringComparison.Ordinal);
        // 15 tokens each: the second still begins below the limit, the third does not.
        await hub.UntilAsync(await hub.SayAsync(id, "two"), "completed");
        var over = await hub.UntilAsync(await hub.SayAsync(id, "three"), "failed");
        Assert.Equal("limit_reached", over.Error!.Code);
        Assert.Contains("30 tokens today and may use 20", over.Error.Message, StringComparison.Ordinal);
        Assert.Equal(2, model.Given.Count);
        time.Sleep(TimeSpan.FromHours(16));
        await hub.UntilAsync(await hub.SayAsync(id, "four"), "completed");
    }

    [Fact]
    public async Task It_is_looked_at_before_every_turn_and_one_account_may_have_a_number_of_its_own()
    {
        var model = new ScriptedChat(m => ScriptedChat.Results(m) < 2 ? [ScriptedChat.Call("thing.read", ("id", "a"))] : ["done"]);
        await using var hub = await RunnerHub.StartAsync(store, model, _gate, settings: _settings);
        var id = await hub.NewAsync();
        Assert.Equal("limit_reached", (await hub.UntilAsync(await hub.SayAsync(id, "go"), "failed")).Error!.Code);
        Assert.Equal(2, model.Given.Count);
        await hub.Core.WriteAsync(t => new SettingsStore().PutAsync(t, "Limits:TokensPerDay", RunnerHub.Mara.AccountId, "0", "acc_admin", default));
        await hub.UntilAsync(await hub.SayAsync(id, "go"), "completed");
        Assert.Equal(30 + 45, await hub.Core.ReadAsync<long>("select tokens from token_usage where account_id = @id", new { id = RunnerHub.Mara.AccountId }));
    }

    [Fact]
    public async Task The_offline_planner_answers_whatever_was_used()
    {
        using var planner = new ModelClients(_settings, null, TimeProvider.System);
        await using var hub = await RunnerHub.StartAsync(store, new ModelSource(planner), _gate, settings: _settings);
        await hub.Core.WriteAsync(t => TokenUsage.AddAsync(t, RunnerHub.Mara.AccountId, 1000, default));
        await hub.UntilAsync(await hub.SayAsync(await hub.NewAsync(), "/help"), "completed");
    }
}

public sealed class RunnerLimitOnSqliteTests() : RunnerLimitTests(TestStore.Sqlite);

public sealed class RunnerLimitOnPostgresTests() : RunnerLimitTests(TestStore.Postgres);

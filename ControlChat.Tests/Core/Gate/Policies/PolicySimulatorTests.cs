using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>What proposed rules would have decided, from the record alone.</summary>
public abstract class PolicySimulatorTests(TestStore store)
{
    [Fact]
    public async Task Every_decision_of_a_random_history_is_the_recorded_one_under_the_recorded_policy()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var people = new[] { await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"), await hub.PersonAsync("Ben") };
        var random = new RandomFacts(7);
        for (var i = 0; i < 150; i++)
        {
            hub.Gate.Time.Advance(TimeSpan.FromMinutes(1));
            if (i % 15 == 0) await SaveSomeAsync(hub, await hub.SignInAsync(people[0]), random);
            await ActAsync(hub, people[random.Number(3)], random);
        }
        var versions = new Dictionary<long, PolicyRules>();
        var (equal, applied, asked) = (0, 0, 0);
        foreach (var row in await RowsAsync(hub))
        {
            if (PolicyReplay.Of(row) is not { } replay) continue;
            var recorded = replay.Recorded!;
            if (!versions.TryGetValue(recorded.Version, out var rules)) versions[recorded.Version] = rules = await RulesAsync(hub, recorded.Version);
            Assert.Equal(recorded.Decision, recorded.Under(rules));
            equal++;
            if (row.Event == "tool.applied") applied++;
            else asked++;
        }
        Assert.True(versions.Count > 3 && applied > 20 && asked > 20, $"{versions.Count} versions, {applied} applied, {asked} asked");
        Assert.Equal(applied + asked, equal);
    }

    [Fact]
    public async Task A_simulation_counts_what_would_be_decided_otherwise_and_shows_it()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        for (var i = 0; i < 30; i++) await hub.Gate.SetAsync($"n{i}", "one", i % 3 == 0 ? ben : olga);
        await hub.Gate.CallAsync("note.drop", new { id = "n1" }, ben);
        var look = await SimulateAsync(hub, olga, PolicyHub.Rule("confirm") with { Role = "member" });
        Assert.Equal(("done", 31L, 10L, 0L), (look.State, look.Replayed, look.Changed, look.Unreplayable));
        Assert.Equal(new SimulatedCount("", "none", "confirm", 10), Assert.Single(look.Ways));
        Assert.Equal(new SimulatedCount("note.set", "none", "confirm", 10), Assert.Single(look.ByTool));
        Assert.Equal(new SimulatedCount(ben.AccountId, "none", "confirm", 10), Assert.Single(look.ByPerson));
        var first = await hub.Simulator.ChangesAsync(olga, 0, 4, default);
        var rest = await hub.Simulator.ChangesAsync(olga, 4, 100, default);
        Assert.Equal((4, 6), (first.Count, rest.Count));
        Assert.Equal(first.Concat(rest).Select(c => c.Seq).OrderDescending(), first.Concat(rest).Select(c => c.Seq));
        Assert.All(first, c => Assert.Equal(("note.set", "none", "confirm", "Set note"), (c.Tool, c.From.Decision, c.To.Decision, c.Summary[..8])));
        Assert.Null(hub.Simulator.Look(olga, [PolicyHub.Rule("confirm")], look.Version));
    }

    [Fact]
    public async Task Rows_that_do_not_say_what_was_decided_on_are_counted_and_never_guessed()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        await hub.Gate.SetAsync("a", "one", olga);
        await AppendAsync(hub, new JsonObject { ["arguments"] = new JsonObject { ["id"] = "b" }, ["effects"] = new JsonArray() });
        await AppendAsync(hub, new JsonObject { ["arguments"] = new JsonObject(), ["policy"] = new JsonObject { ["version"] = 1, ["decision"] = 5 } });
        var look = await SimulateAsync(hub, olga, PolicyHub.Rule("confirm"));
        Assert.Equal((1L, 2L, 1L), (look.Replayed, look.Unreplayable, look.Changed));
    }

    [Fact]
    public async Task What_is_older_than_thirty_days_is_left_out()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        await hub.Gate.SetAsync("a", "one", olga);
        hub.Gate.Time.Advance(SimulationRun.Back + TimeSpan.FromMinutes(1));
        olga = await hub.SignInAsync(olga);
        await hub.Gate.SetAsync("b", "one", olga);
        var look = await SimulateAsync(hub, olga, PolicyHub.Rule("confirm"));
        Assert.Equal((1L, 1L), (look.Replayed, look.Changed));
    }

    [Fact]
    public async Task Another_simulation_of_the_same_admin_takes_the_place_of_the_first()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        PolicyRule[] rules = [PolicyHub.Rule("confirm")], others = [PolicyHub.Rule("confirm_recent")];
        await hub.Simulator.StartAsync(olga, rules, default);
        var first = hub.Simulator.WorkOf(olga.AccountId);
        await hub.Simulator.StartAsync(olga, others, default);
        await first;
        Assert.Null(hub.Simulator.Look(olga, rules, 1));
        await hub.Simulator.WorkOf(olga.AccountId);
        Assert.Equal("done", hub.Simulator.Look(olga, others, 1)!.State);
    }

    [Fact]
    public async Task A_simulation_counts_against_the_version_it_was_made_with_and_for_a_quarter_of_an_hour()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        PolicyRule[] rules = [PolicyHub.Rule("confirm", "note.set")];
        var look = await SimulateAsync(hub, olga, rules);
        Assert.Equal("done", look.State);
        // Somebody else saved meanwhile; the same rules are another change now.
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("confirm", "note.drop")));
        var refused = await hub.Desk.SaveAsync(olga, new PolicyProposal(look.Version + 1, rules, "", false), default);
        Assert.Contains("Look at what would change first", Assert.Single(Assert.IsType<PolicySave.Refused>(refused).Faults), StringComparison.Ordinal);

        var again = await SimulateAsync(hub, olga, rules);
        hub.Gate.Time.Advance(SimulationRun.Holds + TimeSpan.FromSeconds(1));
        Assert.Null(hub.Simulator.Look(olga, rules, again.Version));
        var late = await hub.Desk.SaveAsync(await hub.SignInAsync(olga), new PolicyProposal(again.Version, rules, "", false), default);
        Assert.IsType<PolicySave.Refused>(late);
    }

    [Fact]
    public async Task A_simulation_ends_at_once_when_it_is_cancelled()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        await FillAsync(hub, 1_200);
        var faulty = new FaultyDatabase(hub.Gate.Database);
        using var run = RunOver(faulty);
        // In the middle of it.
        faulty.OnRead = () =>
        {
            if (faulty.Reads == 3) run.Cancel();
            return null;
        };
        run.Begin();
        await run.Work;
        Assert.Equal(("cancelled", 3), (run.Look.State, faulty.Reads));
        Assert.InRange(run.Look.Read, 1, 1_100);
    }

    [Fact]
    public async Task A_database_that_goes_away_ends_a_simulation_with_its_reason()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        await FillAsync(hub, 1_200);
        var faulty = new FaultyDatabase(hub.Gate.Database);
        faulty.OnRead = () => faulty.Reads > 2 ? new HubUnavailableException("The database is away.", new InvalidOperationException()) : null;
        using var run = RunOver(faulty);
        run.Begin();
        await run.Work;
        Assert.Equal(("failed", "The database is away."), (run.Look.State, run.Look.Fault));
    }

    [Fact]
    public async Task Whatever_breaks_a_simulation_ends_it()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var faulty = new FaultyDatabase(hub.Gate.Database) { OnRead = () => new InvalidOperationException("broken") };
        using var run = RunOver(faulty);
        run.Begin();
        await run.Work;
        Assert.Equal("failed", run.Look.State);
        Assert.DoesNotContain("broken", run.Look.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_and_lists_stay_small_however_much_changes()
    {
        var tally = new SimulationTally();
        for (var i = 0; i < 50_000; i++) tally.Add(i, $"tool.{i % 5_000}", $"acc_{i}", "none", "confirm");
        var look = tally.Look(new SimulationLook("done", 0, 0));
        Assert.Equal((50_000L, 10_000, 50, 50), (look.Changed, look.Listed, look.ByTool.Count, look.ByPerson.Count));
        Assert.Equal((SimulationTally.Others, 49_000L), (look.ByPerson[0].Name, look.ByPerson[0].Count));
        Assert.Equal(49_999, tally.Listed[0]);
    }

    private static SimulationRun RunOver(HubDatabase database)
    {
        var empty = new PolicyRules(1, [], new Dictionary<string, string>(), new Dictionary<string, string>());
        return new SimulationRun(database, TimeProvider.System, empty, empty, "", NullLogger.Instance);
    }

    private static async Task<SimulationLook> SimulateAsync(PolicyHub hub, Principal admin, params PolicyRule[] rules)
    {
        var version = (await hub.Desk.ReadAsync(admin, default))!.Version;
        Assert.Empty((await hub.Simulator.StartAsync(admin, rules, default)).Faults);
        await Waiting.UntilAsync(() =>
        {
            // Its pauses are on the hub's clock.
            hub.Gate.Time.Advance(TimeSpan.FromMilliseconds(1));
            return hub.Simulator.Look(admin, rules, version) is { State: not "running" };
        });
        return hub.Simulator.Look(admin, rules, version)!;
    }

    private static async Task SaveSomeAsync(PolicyHub hub, Principal admin, RandomFacts random)
    {
        var rules = Enumerable.Range(0, 2 + random.Number(3)).Select(i => PolicyHub.Rule(random.One("confirm", "confirm_recent", "second_person"), random.One<string?>(null, "note.set", "note.drop")) with
        {
            Role = random.One<string?>(null, "member", "admin"),
            Argument = random.Number(2) == 0 ? null : new ArgumentCondition("id", random.One("equals", "prefix"), [$"n{random.Number(3)}"]),
            Note = $"{i}",
        }).DistinctBy(r => (r.Tool, r.Role, r.Argument, r.Decision)).ToArray();
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(admin, rules));
    }

    private static Task ActAsync(PolicyHub hub, Principal who, RandomFacts random)
    {
        var id = $"n{random.Number(6)}";
        var call = random.Number(5) switch
        {
            0 => hub.Gate.CallAsync("note.drop", new { id }, who, tainted: random.Number(2) == 0),
            1 => hub.Gate.CallAsync("plan.batch", new { steps = new object[] { new { tool = "note.set", arguments = new { id, text = $"t{random.Number(99)}" } }, new { tool = "note.set", arguments = new { id = $"m{random.Number(4)}", text = $"u{random.Number(99)}" } } } }, who),
            2 => UndoAsync(hub, who),
            _ => hub.Gate.CallAsync("note.set", new { id, text = $"t{random.Number(99)}" }, who, tainted: random.Number(3) == 0),
        };
        return call;
    }

    private static async Task UndoAsync(PolicyHub hub, Principal who)
    {
        await using var reader = await hub.Gate.Database.ReadAsync(default);
        var last = await reader.FindAsync<string>("select id from actions where account_id = @AccountId and undone_by is null and compensation is not null order by id desc limit 1", new { who.AccountId }, default);
        await reader.DisposeAsync();
        if (last is not null) await hub.Gate.CallAsync("undo", new { action_id = last }, who);
    }

    private static async Task<PolicyRules> RulesAsync(PolicyHub hub, long version)
    {
        await using var reader = await hub.Gate.Database.ReadAsync(default);
        var row = await PolicyStore.FindAsync(reader, version, default);
        return new PolicyRules(version, row?.ReadRules() ?? [], new Dictionary<string, string>(), new Dictionary<string, string>());
    }

    private static async Task<IReadOnlyList<AuditRow>> RowsAsync(PolicyHub hub)
    {
        await using var reader = await hub.Gate.Database.ReadAsync(default);
        return [.. (await reader.QueryAsync<StoredRow>("select " + StoredRow.Columns + " from audit order by seq", null, default)).Select(AuditRow.Of)];
    }

    private static Task<long> AppendAsync(PolicyHub hub, JsonObject data) => hub.Gate.Get<IAuditTrail>().AppendAsync(
        new AuditEntry("tool.applied", "completed", new AuditActor("acc_x", null, null, "rest")) { Tool = "note.set", PlanId = "pln_1", Data = data }, default);

    private static async Task FillAsync(PolicyHub hub, int rows)
    {
        await using var transaction = await hub.Gate.Database.BeginAsync(default);
        for (var i = 0; i < rows; i++)
            await hub.Gate.Get<IAuditTrail>().AppendAsync(transaction, new AuditEntry("mcp.called", "completed", AuditActor.System), default);
        await transaction.CommitAsync(default);
    }
}

public sealed class PolicySimulatorOnSqliteTests() : PolicySimulatorTests(TestStore.Sqlite);

public sealed class PolicySimulatorOnPostgresTests() : PolicySimulatorTests(TestStore.Postgres);

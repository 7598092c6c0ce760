using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>Rules are saved by admins in a browser, in versions that follow one another, and hold everywhere at once.</summary>
public abstract class PolicyDeskTests(TestStore store)
{
    [Fact]
    public async Task A_saved_rule_holds_at_once_on_every_node_and_stands_on_the_record()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        await using var other = await hub.ReopenAsync();
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        Assert.Equal("completed", (await other.Gate.SetAsync("a", "one", ben)).Status);
        Assert.Equal(1, (await hub.RowAsync("tool.applied"))["policy_version"]!.GetValue<long>());

        var rule = PolicyHub.Rule("confirm") with { Role = "member", Note = "Members ask." };
        var done = Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, rule));
        Assert.Equal((2L, rule), (done.View.Version, Assert.Single(done.View.Rules)));
        var row = await hub.RowAsync("policy.changed");
        Assert.Equal((2L, olga.AccountId, "Members ask."), (row["policy_version"]!.GetValue<long>(), (string)row["actor"]!["account"]!, (string)row["data"]!["added"]![0]!["note"]!));

        var asked = await other.Gate.SetAsync("a", "two", ben);
        Assert.Equal(("confirmation_required", "confirm", "rule:" + rule.Id), (asked.Status, asked.Plan!.Decision, (string?)asked.Plan.Policy!["by"]));
        Assert.Equal("completed", (await other.Gate.SetAsync("b", "one", olga)).Status);
        var requested = await hub.RowAsync("approval.requested");
        Assert.Equal((2L, 2L, "member", "write"), (requested["policy_version"]!.GetValue<long>(), requested["data"]!["policy"]!["version"]!.GetValue<long>(), (string)requested["data"]!["policy"]!["role"]!, (string)requested["data"]!["policy"]!["scope"]!));
    }

    [Fact]
    public async Task What_was_planned_under_older_rules_is_planned_again()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var planned = await hub.Gate.CallAsync("note.set", new { id = "a", text = "one" }, olga, dryRun: true);
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("confirm")));
        var applied = await hub.Gate.Gate.ApplyPlanAsync(olga, planned.Plan!.Id, "apply-it-1", new CallOrigin("ui"), default);
        Assert.Equal("confirmation_required", applied.Status);
        Assert.Null(await hub.Gate.NoteAsync("a"));
    }

    [Fact]
    public async Task A_version_that_comes_between_planning_and_applying_is_heeded()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var planner = hub.Gate.Get<ToolPlanner>();
        PlannedCall planned;
        await using (var reader = await hub.Gate.Database.ReadAsync(default))
            planned = await planner.PlanAsync(reader, olga, new CallOrigin("ui"), "note.set", new() { ["id"] = "a", ["text"] = "one" }, default);
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("second_person") with { Role = "member" }));
        var plan = planner.Build(planned, new CallOrigin("ui"), hub.Gate.Time.GetUtcNow());
        var order = new PlanOrder(plan, plan.Arguments, olga, new CallOrigin("ui"), null, []);
        Assert.Null(await hub.Gate.Get<PlanExecution>().RunAsync(order, default));
        Assert.Null(await hub.Gate.NoteAsync("a"));
    }

    [Fact]
    public async Task Only_an_admin_in_a_browser_with_a_fresh_sign_in_saves()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        Assert.IsType<PolicySave.Refused>(await hub.Desk.SaveAsync(ben, Proposal(), default));
        // A role that the page was given once is no role.
        Assert.IsType<PolicySave.Refused>(await hub.Desk.SaveAsync(ben with { Role = "admin" }, Proposal(), default));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => hub.Desk.SaveAsync(olga with { AuthSessionId = null, TokenId = "tok_1" }, Proposal(), default));
        Assert.Null(await hub.Desk.ReadAsync(ben, default));
        Assert.Null(await hub.Desk.HistoryAsync(ben, null, default));
        Assert.NotEmpty((await hub.Simulator.StartAsync(ben, [PolicyHub.Rule("confirm")], default)).Faults);
        hub.Gate.Time.Advance(TimeSpan.FromMinutes(11));
        await Assert.ThrowsAsync<StaleSignInException>(() => hub.Desk.SaveAsync(olga, Proposal(), default));
        Assert.False(await hub.Desk.IsFreshAsync(olga, default));
        Assert.Equal(1, (await hub.Desk.ReadAsync(olga, default))!.Version);
        Assert.Equal(0, await hub.Gate.CountAsync("select count(*) from audit where event = 'policy.changed'"));
    }

    [Fact]
    public async Task Of_two_admins_who_save_the_same_version_the_second_sees_what_the_first_did()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var (olga, mara) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"));
        var first = PolicyHub.Rule("confirm");
        var both = await Task.WhenAll(
            hub.Desk.SaveAsync(olga, new PolicyProposal(1, [first], "", true), default),
            hub.Desk.SaveAsync(mara, new PolicyProposal(1, [PolicyHub.Rule("confirm_recent")], "", true), default));
        Assert.Single(both.OfType<PolicySave.Done>());
        var conflict = Assert.Single(both.OfType<PolicySave.Conflict>());
        Assert.Equal((2L, 1), (conflict.View.Version, conflict.Since.Added.Count));
        Assert.Equal(2, await hub.Gate.CountAsync("select count(*) from policy_versions"));
    }

    [Fact]
    public async Task A_policy_is_saved_only_after_what_it_changes_was_looked_at_or_that_was_left_out()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var rule = PolicyHub.Rule("confirm");
        Assert.IsType<PolicySave.Refused>(await hub.Desk.SaveAsync(olga, new PolicyProposal(1, [rule], "", Unseen: false), default));
        Assert.Empty((await hub.Simulator.StartAsync(olga, [rule], default)).Faults);
        await hub.Simulator.WorkOf(olga.AccountId);
        Assert.IsType<PolicySave.Refused>(await hub.Desk.SaveAsync(olga, new PolicyProposal(1, [rule with { Decision = "confirm_recent" }], "", Unseen: false), default));
        Assert.IsType<PolicySave.Done>(await hub.Desk.SaveAsync(olga, new PolicyProposal(1, [rule], "", Unseen: false), default));
        Assert.Equal(0, (await hub.RowAsync("policy.changed"))["data"]!["simulated"]!["changed"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_second_person_that_nobody_could_be_is_refused_with_what_to_do()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        Assert.Contains("no other admin can sign in", await RefusalAsync(hub, olga, PolicyHub.Rule("second_person")), StringComparison.Ordinal);
        // What members ask, the one admin can answer.
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("second_person") with { Role = "member" }));
        // An admin who cannot sign in answers nothing.
        await hub.PersonAsync("Nora", "admin", key: false);
        Assert.Contains("Olga", await RefusalAsync(hub, olga, PolicyHub.Rule("second_person")), StringComparison.Ordinal);
        await hub.PersonAsync("Twin", "admin", "olga+two@halden.example");
        Assert.Contains("same mailbox", await RefusalAsync(hub, olga, PolicyHub.Rule("second_person")), StringComparison.Ordinal);
        Assert.IsType<PersonChange.Done>(await hub.People.ChangeRoleAsync(olga, ben.AccountId, "admin", default));
        Assert.Contains("7 days ago", await RefusalAsync(hub, olga, PolicyHub.Rule("second_person")), StringComparison.Ordinal);
        await hub.PersonAsync("Mara", "admin");
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("second_person")));
    }

    [Fact]
    public async Task A_newcomer_whom_nobody_may_answer_this_week_is_told_and_stops_no_rule()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var rule = PolicyHub.Rule("second_person") with { Role = "member" };
        Assert.IsType<PersonChange.Done>(await hub.People.CreateAsync(olga, "ben@halden.example", "Ben", "member", withLink: false, default));
        var done = Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, rule));
        Assert.Contains("Olga made Ben's account", Assert.Single(done.View.Warnings), StringComparison.Ordinal);
        hub.Gate.Time.Advance(TimeSpan.FromDays(7));
        Assert.Empty((await hub.Desk.ReadAsync(await hub.SignInAsync(olga), default))!.Warnings);
    }

    [Fact]
    public async Task When_the_second_admin_is_closed_later_that_is_told()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var (olga, mara) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"));
        Assert.Empty(Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule("second_person"))).View.Warnings);
        Assert.IsType<PersonChange.Done>(await hub.People.CloseAsync(olga, mara.AccountId, default));
        Assert.Contains("Olga", Assert.Single((await hub.Desk.ReadAsync(olga, default))!.Warnings), StringComparison.Ordinal);
        Assert.Single(await hub.Gate.Get<PolicyWarnings>().ReadAsync(default));
        // The way out is always open.
        Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga));
        Assert.Empty(await hub.Gate.Get<PolicyWarnings>().ReadAsync(default));
    }

    [Fact]
    public async Task Versions_are_never_changed_and_the_history_tells_them_apart()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var rule = PolicyHub.Rule("confirm");
        await hub.SaveAsync(olga, rule);
        await hub.SaveAsync(olga, rule with { Decision = "confirm_recent" });
        await hub.SaveAsync(olga);
        var history = (await hub.Desk.HistoryAsync(olga, null, default))!;
        Assert.Equal([4, 3, 2, 1], history.Items.Select(v => v.Version));
        Assert.Equal([(0, 1, 0), (0, 0, 1), (1, 0, 0), (0, 0, 0)], history.Items.Select(v => (v.Difference.Added.Count, v.Difference.Removed.Count, v.Difference.Changed.Count)));
        foreach (var sql in (string[])["update policy_versions set note = 'x'", "delete from policy_versions", "insert into policy_versions select 9, rules, operator_rules, operator_hash, saved_by, saved_at, note from policy_versions where version = 4"])
            await Assert.ThrowsAnyAsync<Exception>(() => hub.WriteAsync(sql));
        Assert.Equal(4, (await hub.Desk.ReadAsync(olga, default))!.Version);
    }

    [Fact]
    public async Task A_long_history_is_told_in_pages()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        for (var i = 0; i < 24; i++) Assert.IsType<PolicySave.Done>(await hub.SaveAsync(olga, PolicyHub.Rule(i % 2 == 0 ? "confirm" : "confirm_recent")));
        var first = (await hub.Desk.HistoryAsync(olga, null, default))!;
        var second = (await hub.Desk.HistoryAsync(olga, long.Parse(first.NextCursor!, System.Globalization.CultureInfo.InvariantCulture), default))!;
        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(i => (long)i), first.Items.Concat(second.Items).Select(v => v.Version));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task Settings_of_the_operator_that_changed_make_a_version_at_the_hubs_start()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        var olga = await hub.PersonAsync("Olga", "admin");
        var start = hub.Gate.Get<PolicyStart>();
        await start.EnsureAsync(default);
        await start.EnsureAsync(default);
        Assert.Equal(0, await hub.Gate.CountAsync("select count(*) from audit where event = 'policy.changed'"));
        await hub.SaveAsync(olga, PolicyHub.Rule("confirm"));
        hub.Gate.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.set"] = "confirm_recent" } } };
        await start.EnsureAsync(default);
        await start.EnsureAsync(default);
        var row = await hub.RowAsync("policy.changed");
        Assert.Equal((3L, "system", "confirm_recent"), (row["policy_version"]!.GetValue<long>(), (string)row["actor"]!["via"]!, (string)row["data"]!["operator"]!["after"]!["tools"]!["note.set"]!));
        var view = (await hub.Desk.ReadAsync(olga, default))!;
        Assert.Equal((3L, 1, "confirm_recent"), (view.Version, view.Rules.Count, view.Operator.Tools["note.set"]));
        // A node that still runs with the old settings asks for as much.
        await using var other = await hub.ReopenAsync();
        Assert.Equal("confirm_recent", (await other.Gate.SetAsync("a", "one", olga)).Plan!.Decision);
    }

    private static PolicyProposal Proposal() => new(1, [PolicyHub.Rule("confirm")], "", Unseen: true);

    private static async Task<string> RefusalAsync(PolicyHub hub, Principal admin, PolicyRule rule) =>
        string.Join(" ", Assert.IsType<PolicySave.Refused>(await hub.SaveAsync(admin, rule)).Faults);
}

public sealed class PolicyDeskOnSqliteTests() : PolicyDeskTests(TestStore.Sqlite);

public sealed class PolicyDeskOnPostgresTests() : PolicyDeskTests(TestStore.Postgres);

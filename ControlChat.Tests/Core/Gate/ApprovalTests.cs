using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public abstract class ApprovalTests(TestStore store)
{
    [Fact]
    public async Task An_approved_plan_is_applied_exactly_once_and_recorded()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal(("completed", asked.Plan!.Hash), (done.Outcome.Status, done.Outcome.Plan!.Hash));
        Assert.Null(await hub.NoteAsync("a"));
        Assert.Equal(["tool.applied note.set", "approval.requested note.drop", "approval.consumed note.drop", "tool.applied note.drop"], await hub.EventsAsync());
        var again = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal((409, "already_decided", "completed"), (again.Http, again.Code, again.Outcome!.Status));
    }

    [Fact]
    public async Task Of_many_parallel_confirms_exactly_one_executes()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => hub.Approvals.OpenAsync(GateHub.Ada, asked.ApprovalId!, default)));
        var decisions = await Task.WhenAll(tokens.Select(t => Task.Run(() => hub.Approvals.ApproveAsync(GateHub.Ada, asked.ApprovalId!, new ApproveRequest(t!.ConfirmToken), default))));
        Assert.Single(decisions, d => d is ApprovalDecision.Done);
        Assert.All(decisions.OfType<ApprovalDecision.Refused>(), r => Assert.Equal("already_decided", r.Code));
        Assert.Single(await hub.EventsAsync(), e => e == "tool.applied note.drop");
    }

    [Fact]
    public async Task A_token_is_good_for_its_approval_and_its_session_only()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var (one, other) = (await AskAsync(hub), await AskAsync(hub, "b"));
        var open = await hub.Approvals.OpenAsync(GateHub.Ada, one.ApprovalId!, default);
        Assert.Equal(43, open!.ConfirmToken!.Length);
        var otherBrowser = GateHub.Ada with { AuthSessionId = "ses_else" };
        foreach (var (principal, id, token) in new (Principal, string, string?)[]
        {
            (GateHub.Ada, other.ApprovalId!, open.ConfirmToken), (otherBrowser, one.ApprovalId!, open.ConfirmToken),
            (GateHub.Ada, one.ApprovalId!, null), (GateHub.Ada, one.ApprovalId!, new string('A', 43)),
        })
        {
            var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(principal, id, new ApproveRequest(token), default));
            Assert.Equal((403, "confirm_token_invalid"), (refused.Http, refused.Code));
        }
        Assert.Equal(4, (await hub.EventsAsync()).Count(e => e.StartsWith("approval.token_rejected", StringComparison.Ordinal)));
        Assert.IsType<ApprovalDecision.Done>(await hub.Approvals.ApproveAsync(GateHub.Ada, one.ApprovalId!, new ApproveRequest(open.ConfirmToken), default));
    }

    [Fact]
    public async Task Five_wrong_tokens_shut_a_session_out_for_a_minute()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        ApprovalDecision.Refused last = null!;
        for (var i = 0; i < 5; i++) last = Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(GateHub.Ada, asked.ApprovalId!, new ApproveRequest(new string('B', 43)), default));
        Assert.Equal((403, "confirm_token_invalid"), (last.Http, last.Code));
        var shut = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal((429, 60), (shut.Http, shut.RetryAfter));
        hub.Time.Advance(TimeSpan.FromSeconds(58));
        Assert.Equal(429, Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId)).Http);
        hub.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId));
    }

    [Fact]
    public async Task A_token_of_a_machine_never_approves()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        var machine = GateHub.Token(TokenScopes.All);
        Assert.Null((await hub.Approvals.OpenAsync(machine, asked.ApprovalId!, default))!.ConfirmToken);
        var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId, machine));
        Assert.Equal("token_cannot_approve", refused.Code);
    }

    [Fact]
    public async Task Somebody_elses_approval_does_not_exist_for_a_member()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        Assert.Null(await hub.Approvals.FindAsync(GateHub.Ben, asked.ApprovalId!, default));
        Assert.Equal(404, Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId, GateHub.Ben)).Http);
        Assert.Empty((await hub.Approvals.ListAsync(GateHub.Ben, new ApprovalFilter(), default)).Items);
    }

    [Fact]
    public async Task A_confirm_token_dies_after_fifteen_minutes_and_the_approval_lives_on()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.set"] = "confirm" } } };
        var asked = await hub.SetAsync("a", "one");
        var open = await hub.Approvals.OpenAsync(GateHub.Ada, asked.ApprovalId!, default);
        hub.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal("confirm_token_invalid", Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(GateHub.Ada, asked.ApprovalId!, new ApproveRequest(open!.ConfirmToken), default)).Code);
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId));
    }

    [Fact]
    public async Task An_expired_approval_is_expired_and_one_call_from_a_fresh_plan()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(1));
        Assert.Equal(410, Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId)).Http);
        Assert.Equal("expired", (await hub.Approvals.FindAsync(GateHub.Ada, asked.ApprovalId!, default))!.Status);
        var fresh = Assert.IsType<ApprovalDecision.Fresh>(await hub.Approvals.ReplanAsync(GateHub.Ada, asked.ApprovalId!, new CallOrigin("ui"), default)).Approval;
        Assert.Equal(("pending", "note.drop"), (fresh.Status, fresh.Plan!.Tool));
        Assert.Equal(fresh.Id, Assert.IsType<ApprovalDecision.Fresh>(await hub.Approvals.ReplanAsync(GateHub.Ada, asked.ApprovalId!, new CallOrigin("ui"), default)).Approval.Id);
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(fresh.Id));
        Assert.Contains("approval.expired note.drop", await hub.EventsAsync());
    }

    [Fact]
    public async Task The_sweep_expires_what_nobody_decided()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(1, await hub.Get<ApprovalClosing>().ExpireDueAsync(default));
        Assert.Equal(0, await hub.Get<ApprovalClosing>().ExpireDueAsync(default));
        Assert.Equal("conflict", (await hub.Approvals.FindAsync(GateHub.Ada, asked.ApprovalId!, default))!.Outcome!.Status);
    }

    [Fact]
    public async Task A_world_that_moved_supersedes_the_approval_with_a_fresh_one()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        await hub.MeddleAsync("a", "meanwhile");
        var stale = Assert.IsType<ApprovalDecision.Stale>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.NotEqual(asked.ApprovalId, stale.ApprovalId);
        Assert.NotEmpty(stale.Difference);
        Assert.Equal("meanwhile", await hub.NoteAsync("a"));
        var old = await hub.Approvals.FindAsync(GateHub.Ada, asked.ApprovalId!, default);
        Assert.Equal(("superseded", stale.ApprovalId), (old!.Status, old.SupersededBy));
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(stale.ApprovalId)).Outcome.Status);
    }

    [Fact]
    public async Task The_same_request_answers_the_same_approval_and_later_its_decision()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var first = await hub.CallAsync("note.drop", new { id = "a" }, requestId: "same-request");
        var waiting = await hub.CallAsync("note.drop", new { id = "a" }, requestId: "same-request");
        Assert.Equal((first.ApprovalId, true, "confirmation_required"), (waiting.ApprovalId, waiting.Replayed, waiting.Status));
        await hub.ApproveAsync(first.ApprovalId);
        var decided = await hub.CallAsync("note.drop", new { id = "a" }, requestId: "same-request");
        Assert.Equal(("completed", true), (decided.Status, decided.Replayed));
        Assert.NotNull(decided.ActionId);
    }

    [Fact]
    public async Task A_decline_changes_nothing_and_says_so()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        var declined = Assert.IsType<ApprovalDecision.Declined>(await hub.Approvals.DeclineAsync(GateHub.Ada, asked.ApprovalId!, "Not now.", default)).Approval;
        Assert.Equal(("declined", "Not now.", "acc_ada"), (declined.Status, declined.Reason, declined.DecidedBy));
        Assert.Equal("one", await hub.NoteAsync("a"));
        Assert.Equal("already_decided", Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId)).Code);
    }

    [Fact]
    public async Task Three_declines_in_ten_minutes_pause_the_one_who_asks()
    {
        await using var hub = await GateHub.CreateAsync(store);
        for (var i = 0; i < 3; i++) await hub.Approvals.DeclineAsync(GateHub.Ada, (await AskAsync(hub)).ApprovalId!, null, default);
        Assert.Equal(429, (await hub.CallAsync("note.drop", new { id = "a" })).Http);
        hub.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("confirmation_required", (await hub.CallAsync("note.drop", new { id = "a" })).Status);
    }

    [Fact]
    public async Task Too_many_pending_approvals_are_refused()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = new HubOptions { Limits = new LimitsSection { PendingApprovals = 2 } };
        await AskAsync(hub);
        await AskAsync(hub, "b");
        await hub.SetAsync("c", "three");
        var refused = await hub.CallAsync("note.drop", new { id = "c" });
        Assert.Equal(("rate_limited", "too_many_pending"), (refused.Status, refused.Error!.Code));
    }

    [Fact]
    public async Task What_cannot_be_undone_is_typed_exactly()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "Precious");
        var asked = await hub.CallAsync("note.burn", new { id = "a" });
        Assert.Equal((false, "Precious"), (asked.Plan!.Reversible, asked.Plan.TypedConfirmation));
        foreach (var typed in new[] { null, "", "precious", "Precious " })
            Assert.Equal("typed_confirmation_mismatch", Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId, typed: typed)).Code);
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, typed: "Precious"));
    }

    [Fact]
    public async Task The_asker_who_lost_the_right_is_not_served_by_an_approval()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var asked = await hub.CallAsync("note.drop", new { id = "a" }, GateHub.Ben);
        hub.People.Gone.Add("acc_ben");
        Assert.Equal(403, Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId)).Http);
        Assert.Equal("one", await hub.NoteAsync("a"));
    }

    [Fact]
    public async Task A_second_person_is_never_the_one_who_asked_nor_the_owner_of_the_token_that_asked()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.drop"] = "second_person" } } };
        await hub.SetAsync("a", "one");
        var asked = await hub.CallAsync("note.drop", new { id = "a" }, GateHub.Token(TokenScopes.All));
        Assert.False((await hub.Approvals.FindAsync(GateHub.Ada, asked.ApprovalId!, default))!.MayDecide);
        var other = GateHub.Ada with { AccountId = "acc_cy", AuthSessionId = "ses_cy" };
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, other));
    }

    [Fact]
    public async Task A_fresh_sign_in_is_demanded_where_the_policy_says_so()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = new HubOptions { Policy = new PolicySection { Scopes = new Dictionary<string, string> { ["destructive"] = "confirm_recent" } } };
        hub.Time.Advance(TimeSpan.FromMinutes(11));
        var asked = await AskAsync(hub);
        Assert.Equal((401, "step_up_required"), Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId)) is var r ? (r.Http, r.Code) : default);
        var fresh = GateHub.Ada with { AuthTime = hub.Time.GetUtcNow() };
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, fresh));
    }

    [Fact]
    public async Task Consumed_stays_consumed_when_the_action_then_fails()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await hub.CallAsync("note.set", new { id = "a", text = "break" }, tainted: true);
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal("failed", done.Outcome.Status);
        Assert.Equal("consumed", (await hub.Approvals.FindAsync(GateHub.Ada, asked.ApprovalId!, default))!.Status);
        Assert.Null(await hub.NoteAsync("a"));
        Assert.Equal("tool.failed note.set", (await hub.EventsAsync())[^1]);
    }

    private static async Task<Outcome> AskAsync(GateHub hub, string id = "a")
    {
        await hub.SetAsync(id, "one");
        return await hub.CallAsync("note.drop", new { id });
    }
}

public sealed class ApprovalOnSqliteTests() : ApprovalTests(TestStore.Sqlite);

public sealed class ApprovalOnPostgresTests() : ApprovalTests(TestStore.Postgres);

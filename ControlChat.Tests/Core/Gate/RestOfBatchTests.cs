using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>The rest of a batch that stopped: once, by who asked, and never with more trust or less asking than before.</summary>
public abstract class RestOfBatchTests(TestStore store) : IAsyncLifetime
{
    private GateHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await GateHub.CreateAsync(await store.NewAsync());

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task However_often_and_from_wherever_it_is_asked_for_one_approval_waits()
    {
        var stopped = await StopAsync();
        await using var other = await _hub.ReopenAsync();
        var rests = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => RestAsync(stopped, i % 2 == 0 ? _hub : other)));
        Assert.Single(rests.Select(r => r.Id).Distinct());
        Assert.Equal(1, await _hub.CountAsync("select count(*) from approvals where status = 'pending'"));
        Assert.Equal(["note.set", "note.set"], rests[0].Plan!.Steps!.Select(s => s.Tool));
        Assert.Equal(rests[0].Id, (await _hub.Approvals.FindRestAsync(GateHub.Ada, stopped, default))!.Id);
    }

    [Fact]
    public async Task After_it_was_approved_the_old_batch_leads_to_it_for_good()
    {
        var stopped = await StopAsync();
        var rest = await RestAsync(stopped);
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await _hub.ApproveAsync(rest.Id, veto: [0])).Outcome.Status);
        _hub.Time.Advance(TimeSpan.FromDays(30));
        await using var later = await _hub.ReopenAsync();
        Assert.Equal((rest.Id, "consumed"), ((await RestAsync(stopped, later)).Id, (await later.Approvals.FindRestAsync(GateHub.Ada, stopped, default))!.Status));
        Assert.Equal(2, await _hub.CountAsync("select count(*) from approvals"));
        Assert.Equal(1, await _hub.CountAsync("select version from notes where id = 'c'"));
    }

    [Fact]
    public async Task One_that_stopped_as_well_has_a_rest_of_its_own()
    {
        var stopped = await StopAsync();
        var rest = await RestAsync(stopped);
        Assert.Equal("partial", Assert.IsType<ApprovalDecision.Done>(await _hub.ApproveAsync(rest.Id)).Outcome.Status);
        Assert.Equal(rest.Id, (await RestAsync(stopped)).Id);
        Assert.NotEqual(rest.Id, (await RestAsync(rest.Id)).Id);
    }

    [Fact]
    public async Task After_it_was_declined_another_may_be_asked_for()
    {
        var stopped = await StopAsync();
        var rest = await RestAsync(stopped);
        await _hub.Approvals.DeclineAsync(GateHub.Ada, rest.Id, null, default);
        Assert.Null(await _hub.Approvals.FindRestAsync(GateHub.Ada, stopped, default));
        var next = await RestAsync(stopped);
        Assert.Equal(("pending", false), (next.Status, next.Id == rest.Id));
        Assert.Equal(next.Id, (await RestAsync(stopped)).Id);
    }

    [Fact]
    public async Task After_it_expired_both_its_own_card_and_the_batch_lead_to_the_same_fresh_one()
    {
        var stopped = await StopAsync();
        var rest = await RestAsync(stopped);
        _hub.Time.Advance(TimeSpan.FromHours(2));
        var fresh = await RestAsync(stopped);
        Assert.NotEqual(rest.Id, fresh.Id);
        Assert.Equal(fresh.Id, (await ReplanAsync(rest.Id)).Id);
        await _hub.Approvals.DeclineAsync(GateHub.Ada, fresh.Id, null, default);
        var third = await ReplanAsync(rest.Id);
        Assert.Equal(third.Id, (await RestAsync(stopped)).Id);
        await _hub.ApproveAsync(third.Id, veto: [0]);
        Assert.Equal(third.Id, (await RestAsync(stopped)).Id);
        Assert.Equal("conflict", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.ReplanAsync(GateHub.Ada, rest.Id, new CallOrigin("ui"), default)).Code);
    }

    [Fact]
    public async Task One_that_went_stale_is_followed_to_its_fresh_plan()
    {
        var stopped = await StopAsync();
        var rest = await RestAsync(stopped);
        await _hub.SetAsync("c", "moved");
        var stale = Assert.IsType<ApprovalDecision.Stale>(await _hub.ApproveAsync(rest.Id));
        Assert.Equal(stale.ApprovalId, (await RestAsync(stopped)).Id);
    }

    [Fact]
    public async Task Only_who_asked_for_the_batch_plans_its_rest()
    {
        var stopped = await StopAsync(GateHub.Ben);
        var refused = Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ada, stopped, default));
        Assert.Equal((403, "not_requester"), (refused.Http, refused.Code));
        Assert.Equal("tool.denied plan.batch", (await _hub.EventsAsync())[^1]);
        Assert.Equal("not_found", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ben, await StopAsync(), default)).Code);
        var token = GateHub.Token(TokenScopes.All);
        Assert.Equal("not_requester", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(token, await StopAsync(), default)).Code);
        Assert.Equal(0, await _hub.CountAsync("select count(*) from approvals where status = 'pending'"));
        var rest = await RestAsync(stopped, by: GateHub.Ben);
        Assert.Equal(("acc_ben", rest.Id), (rest.RequestedBy.AccountId, (await _hub.Approvals.FindRestAsync(GateHub.Ada, stopped, default))!.Id));
        _hub.People.Gone.Add("acc_ben");
        Assert.Equal("not_found", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ben, stopped, default)).Code);
    }

    [Theory]
    [InlineData("ui", false, false, false)]
    [InlineData("ui", true, false, true)]
    [InlineData("ask", false, false, true)]
    [InlineData("rest", false, true, true)]
    public async Task What_the_person_did_not_ask_for_on_a_page_stays_untrusted(string via, bool tainted, bool token, bool stays)
    {
        var rest = await RestAsync(await StopAsync(token ? GateHub.Token(TokenScopes.All) : null, via, tainted));
        Assert.Equal((stays, "ui", null), (rest.Plan!.Tainted, rest.RequestedBy.Via, rest.RequestedBy.TokenName));
        Assert.Equal(stays, await _hub.CountAsync($"select count(*) from approvals where id = '{rest.Id}' and tainted = 1") == 1);
    }

    [Theory]
    [InlineData("confirm")]
    [InlineData("confirm_recent")]
    public async Task What_asked_once_asks_again_though_what_is_left_would_not(string decision)
    {
        _hub.Settings.Current = new() { Policy = new() { Tools = new Dictionary<string, string> { ["note.drop"] = decision } } };
        var rest = await RestAsync(await StopAsync());
        Assert.Equal((decision, decision, "pending"), (rest.Decision, rest.Plan!.Decision, rest.Status));
        Assert.Null(await _hub.NoteAsync("c"));
    }

    [Fact]
    public async Task What_was_done_whole_or_waits_has_no_rest()
    {
        await _hub.SetAsync("a", "one");
        var id = (await _hub.CallAsync("note.drop", new { id = "a" })).ApprovalId!;
        Assert.Equal("conflict", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ada, id, default)).Code);
        await _hub.ApproveAsync(id);
        Assert.Equal("conflict", Assert.IsType<ApprovalDecision.Refused>(await _hub.Approvals.PlanRestAsync(GateHub.Ada, id, default)).Code);
        Assert.Null(await _hub.Approvals.FindRestAsync(GateHub.Ada, id, default));
    }

    // The first step asks and is done, the second breaks, the third is not tried.
    private async Task<string> StopAsync(Principal? by = null, string via = "ui", bool tainted = false)
    {
        await _hub.SetAsync("a", "one");
        object[] steps = [new { tool = "note.drop", arguments = new { id = "a" } }, new { tool = "note.set", arguments = new { id = "b", text = "break" } }, new { tool = "note.set", arguments = new { id = "c", text = "two" } }];
        var asked = await _hub.CallAsync("plan.batch", new { steps }, by, via: via, tainted: tainted);
        var outcome = Assert.IsType<ApprovalDecision.Done>(await _hub.ApproveAsync(asked.ApprovalId, GateHub.Ada with { AuthTime = _hub.Time.GetUtcNow() })).Outcome;
        Assert.Equal(["completed", "failed", "not_run"], RestOfSteps.Statuses(outcome));
        return asked.ApprovalId!;
    }

    private async Task<Approval> RestAsync(string stopped, GateHub? hub = null, Principal? by = null) =>
        Assert.IsType<ApprovalDecision.Fresh>(await (hub ?? _hub).Approvals.PlanRestAsync(by ?? GateHub.Ada, stopped, default)).Approval;

    private async Task<Approval> ReplanAsync(string expired) =>
        Assert.IsType<ApprovalDecision.Fresh>(await _hub.Approvals.ReplanAsync(GateHub.Ada, expired, new CallOrigin("ui"), default)).Approval;
}

public sealed class RestOfBatchOnSqliteTests() : RestOfBatchTests(TestStore.Sqlite);

public sealed class RestOfBatchOnPostgresTests() : RestOfBatchTests(TestStore.Postgres);

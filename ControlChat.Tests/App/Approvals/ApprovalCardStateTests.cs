using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

public sealed class ApprovalCardStateTests
{
    [Fact]
    public async Task A_click_applies_the_plan_once_and_leaves_a_receipt()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        Assert.IsType<CardPhase.Pending>(card.View!.Phase);
        Assert.True(card.Approve([], null));
        Assert.False(card.Approve([], null));
        await card.Work;
        Assert.IsType<CardPhase.Applied>(card.View!.Phase);
        Assert.Null(await hub.Gate.NoteAsync("n1"));
        Assert.Equal("you", card.View.Decider);
    }

    [Fact]
    public async Task Approve_does_nothing_just_after_the_card_appeared()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = new ApprovalCardState(await hub.AskAsync(), hub.Desk(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await card.LoadAsync();
        await card.OpenAsync();
        Assert.False(card.Approve([], null));
        hub.Gate.Time.Advance(TimeSpan.FromMilliseconds(599));
        Assert.False(card.Approve([], null));
        Assert.Equal("one", await hub.Gate.NoteAsync("n1"));
        hub.Gate.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(card.Approve([], null));
        await card.Work;
    }

    [Fact]
    public async Task A_card_that_is_closed_while_it_is_read_is_only_gone()
    {
        await using var hub = await CardHub.CreateAsync();
        var card = await hub.OpenAsync(await hub.AskAsync());
        card.Dispose();
        await card.LoadAsync();
        Assert.False(card.Failed || card.Missing);
    }

    [Fact]
    public async Task A_click_that_needs_a_fresh_sign_in_changes_nothing_and_leads_there()
    {
        await using var hub = await CardHub.CreateAsync();
        hub.Gate.Settings.Current = new() { Policy = new() { Tools = new Dictionary<string, string> { ["note.drop"] = "confirm_recent" } } };
        hub.Gate.Time.Advance(TimeSpan.FromMinutes(11));
        using var card = await hub.OpenAsync(await hub.AskAsync());
        Assert.False(card.View!.SignInAgain);
        card.Approve([], null);
        await card.Work;
        Assert.Equal("one", await hub.Gate.NoteAsync("n1"));
        Assert.IsType<CardPhase.Pending>(card.View!.Phase);
        Assert.True(card.View.SignInAgain);
        Assert.Contains("Sign in again", card.View.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_click_that_was_made_is_carried_out_though_the_page_is_closed()
    {
        await using var hub = await CardHub.CreateAsync();
        var card = await hub.OpenAsync(await hub.AskAsync());
        card.Approve([], null);
        card.Dispose();
        await card.Work;
        Assert.Null(await hub.Gate.NoteAsync("n1"));
    }

    [Fact]
    public async Task A_card_that_stood_open_for_long_renews_its_right_by_itself()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        hub.Gate.Time.Advance(TimeSpan.FromMinutes(14) + TimeSpan.FromSeconds(50));
        card.Approve([], null);
        await card.Work;
        Assert.IsType<CardPhase.Applied>(card.View!.Phase);
    }

    [Fact]
    public async Task Declining_changes_nothing_and_keeps_the_reason()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        card.Decline("  not now ");
        await card.Work;
        Assert.IsType<CardPhase.Declined>(card.View!.Phase);
        Assert.Equal("not now", card.View.Approval.Reason);
        Assert.Equal("one", await hub.Gate.NoteAsync("n1"));
    }

    [Fact]
    public async Task Later_is_not_no()
    {
        await using var hub = await CardHub.CreateAsync();
        var desk = hub.Desk();
        using var card = await hub.OpenAsync(await hub.AskAsync(), desk);
        using var other = await hub.OpenAsync(card.View!.Approval.Id, desk);
        card.PutOff(true);
        Assert.IsType<CardPhase.Later>(card.View!.Phase);
        Assert.IsType<CardPhase.Later>(other.View!.Phase);
        Assert.Equal("pending", card.View.Approval.Status);
        other.PutOff(false);
        Assert.IsType<CardPhase.Pending>(card.View!.Phase);
    }

    [Fact]
    public async Task A_decision_made_elsewhere_is_seen_and_told()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync(GateHub.Ben));
        using var others = await hub.OpenAsync(card.View!.Approval.Id, hub.Desk(GateHub.Ben));
        others.Approve([], null);
        await others.Work;
        await MovedAsync(hub, () => card.View!.Phase is CardPhase.Elsewhere);
        Assert.True(card.View!.InPlace);
        Assert.False(card.Approve([], null));
        Assert.IsType<CardPhase.Applied>(others.View!.Phase);
    }

    [Fact]
    public async Task When_the_world_moved_nothing_is_changed_and_the_fresh_plan_is_named()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        await hub.Gate.MeddleAsync("n1", "two");
        card.Approve([], null);
        await card.Work;
        var stale = Assert.IsType<CardPhase.Superseded>(card.View!.Phase);
        Assert.NotNull(stale.Fresh);
        Assert.NotEqual(card.View.Approval.Id, stale.FreshId);
        Assert.NotEmpty(StaleRow.Of(stale.Difference, card.View.Movers));
        Assert.Equal("two", await hub.Gate.NoteAsync("n1"));
    }

    [Fact]
    public async Task An_expired_plan_is_one_click_from_a_fresh_one()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        hub.Gate.Time.Advance(TimeSpan.FromHours(2));
        await card.ExpiredAsync();
        Assert.IsType<CardPhase.Expired>(card.View!.Phase);
        Assert.False(card.Approve([], null));
        card.Replan();
        await card.Work;
        Assert.NotNull(card.View!.FreshId);
        Assert.Equal("pending", (await hub.Gate.Approvals.FindAsync(GateHub.Ada, card.View.FreshId!, default))!.Status);
    }

    [Fact]
    public async Task A_freeze_keeps_the_plan_and_shuts_approve()
    {
        await using var hub = await CardHub.CreateAsync();
        var id = await hub.AskAsync();
        var freeze = await hub.Gate.Freezes.SetAsync(GateHub.Ada, "hub", null, "backup", default);
        using var card = await hub.OpenAsync(id);
        Assert.IsType<CardPhase.Frozen>(card.View!.Phase);
        Assert.False(card.Approve([], null));
        await hub.Gate.Freezes.LiftAsync(GateHub.Ada, freeze.Id, default);
        await card.LoadAsync();
        Assert.IsType<CardPhase.Pending>(card.View!.Phase);
    }

    [Fact]
    public async Task What_must_be_typed_is_checked_before_anything_is_sent()
    {
        await using var hub = await CardHub.CreateAsync();
        await hub.Gate.SetAsync("n1", "one");
        var id = (await hub.Gate.CallAsync("note.burn", new { id = "n1" })).ApprovalId!;
        using var card = await hub.OpenAsync(id);
        Assert.False(card.Approve([], "yes"));
        Assert.True(card.Approve([], card.View!.Approval.Plan!.TypedConfirmation));
        await card.Work;
        Assert.IsType<CardPhase.Applied>(card.View!.Phase);
    }

    [Fact]
    public async Task A_batch_leaves_out_what_was_left_out()
    {
        await using var hub = await CardHub.CreateAsync();
        foreach (var note in new[] { "a", "b" }) await hub.Gate.SetAsync(note, "x");
        var steps = new[] { "a", "b" }.Select(id => new { tool = "note.drop", arguments = new { id } });
        using var card = await hub.OpenAsync((await hub.Gate.CallAsync("plan.batch", new { steps })).ApprovalId!);
        card.Approve([0], null);
        await card.Work;
        var applied = Assert.IsType<CardPhase.Applied>(card.View!.Phase);
        Assert.Equal(["vetoed", "completed"], RestOfSteps.Statuses(applied.Outcome));
        Assert.Equal("x", await hub.Gate.NoteAsync("a"));
    }

    [Fact]
    public async Task The_rest_of_a_stopped_batch_is_planned_once_and_every_card_leads_to_it()
    {
        await using var hub = await CardHub.CreateAsync();
        var stopped = await hub.StopAsync();
        using var card = await hub.OpenAsync(stopped);
        using var twin = await hub.OpenAsync(stopped);
        card.PlanRest();
        card.PlanRest();
        twin.PlanRest();
        await Task.WhenAll(card.Work, twin.Work);
        var rest = card.View!.FreshId!;
        Assert.Equal((rest, null), (twin.View!.FreshId, card.View.Trouble));
        using var later = await hub.OpenAsync(stopped);
        Assert.Equal(rest, later.View!.FreshId);
        await hub.Gate.Approvals.DeclineAsync(GateHub.Ada, rest, null, default);
        await MovedAsync(hub, () => later.View!.FreshId is null);
        later.PlanRest();
        await later.Work;
        Assert.NotEqual(rest, later.View!.FreshId);
        Assert.Equal(3, await hub.Gate.CountAsync("select count(*) from approvals"));
    }

    [Fact]
    public async Task Nobody_else_plans_the_rest_and_hears_why_not()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.StopAsync(GateHub.Ben));
        card.PlanRest();
        await card.Work;
        Assert.Equal((null, "Only the person who asked for the batch can plan its rest. Nothing was planned."), (card.View!.FreshId, card.View.Trouble));
        Assert.IsType<CardPhase.Stopped>(card.View.Phase);
    }

    [Fact]
    public async Task Undo_takes_back_what_was_approved_or_shows_its_plan()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync());
        card.Approve([], null);
        await card.Work;
        Assert.True(card.View!.Undo.Offered);
        card.Undo();
        await card.Work;
        Assert.True(card.View!.Undo.UndoneAt is not null || card.View.Undo.PlanId is not null);
    }

    [Fact]
    public async Task Somebody_elses_approval_is_not_there()
    {
        await using var hub = await CardHub.CreateAsync();
        using var card = await hub.OpenAsync(await hub.AskAsync(), hub.Desk(GateHub.Ben));
        Assert.True(card.Missing);
        Assert.Null(card.View);
    }

    private static async Task MovedAsync(CardHub hub, Func<bool> seen) => await Waiting.UntilAsync(() =>
    {
        hub.Gate.Time.Advance(ApprovalFeed.Pause);
        return seen();
    });
}

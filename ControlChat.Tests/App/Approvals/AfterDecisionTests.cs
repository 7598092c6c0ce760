using System.Text.Json.Nodes;
using Bunit;
using ControlChat.App.Approvals.Cards;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Layout;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Cards when the decision is over: each says whether anything was changed.</summary>
public sealed class AfterDecisionTests : IDisposable
{
    private readonly ShellPage _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public void A_declined_plan_says_by_whom_and_why()
    {
        var card = Decided(new CardPhase.Declined(), Plans.Approval(status: "declined") with { Reason = "wait" });
        Assert.Equal("Declined by Ben at 08:02", card.Find("h3").TextContent);
        Assert.Contains("Reason: wait", card.Markup, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_plan_was_declined_by_nobody()
    {
        var card = Decided(new CardPhase.Expired(), Plans.Approval(status: "expired"));
        Assert.Equal("Expired at 08:15 without a decision", card.Find("h3").TextContent);
        Assert.Contains("Nobody declined it. Nothing was changed.", card.Markup, StringComparison.Ordinal);
        Assert.Contains(card.FindAll("button"), b => b.TextContent == "Make a fresh plan");
    }

    [Fact]
    public void A_batch_at_work_counts_its_steps()
    {
        var card = Decided(new CardPhase.Applying(3, 4), Plans.Approval(Plans.Batch(), "consumed"));
        Assert.Equal("Applying step 3 of 4", card.Find("h3").TextContent);
        Assert.Contains("You can close the page.", card.Markup, StringComparison.Ordinal);
        Assert.Equal("2", card.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
    }

    [Fact]
    public void A_batch_that_stopped_tells_what_was_done_and_what_was_not()
    {
        var outcome = Plans.Partial(Plans.Batch(), "completed", "completed", "stale", "not_run");
        var rests = 0;
        var card = _page.Render<DecidedCard>(p => p.Add(c => c.View, Plans.View(new CardPhase.Stopped(outcome), Plans.Approval(Plans.Batch(), "consumed")) with { Undo = new UndoLook(true) }).Add(c => c.OnPlanRest, () => rests++));
        Assert.Equal("Stopped after 2 of 4 steps", card.Find("h3").TextContent);
        Assert.Contains("Step 3: Something this step depends on changed.", card.Markup, StringComparison.Ordinal);
        Assert.Contains("1 was not tried.", card.Markup, StringComparison.Ordinal);
        Assert.Contains(card.FindAll("button"), b => b.TextContent.Trim() == "Undo steps 1 to 2");
        card.FindAll("button").Single(b => b.TextContent == "Plan the rest").Click();
        Assert.Equal(1, rests);
    }

    [Fact]
    public void The_rest_is_offered_to_who_asked_and_shown_to_who_may_see_it()
    {
        var stopped = Plans.View(new CardPhase.Stopped(Plans.Partial(Plans.Batch(), "completed", "failed", "not_run", "not_run")), Plans.Approval(Plans.Batch(), "consumed")) with { ReaderId = "acc_other" };
        Assert.DoesNotContain("Plan the rest", _page.Render<DecidedCard>(p => p.Add(c => c.View, stopped)).Markup, StringComparison.Ordinal);
        Assert.Contains("Review the plan of the rest", _page.Render<DecidedCard>(p => p.Add(c => c.View, stopped with { FreshId = "apr_2" })).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_is_one_line_with_the_way_back_to_the_plan()
    {
        var card = Decided(new CardPhase.Later(), Plans.Approval());
        Assert.Equal("Put off. It waits in Approvals until 08:15.", card.Find("h3").TextContent);
        Assert.Contains(card.FindAll("button"), b => b.TextContent == "Show the plan");
    }

    [Fact]
    public void A_receipt_says_when_what_and_how_to_take_it_back()
    {
        var undos = 0;
        var card = Receipt(Plans.Archive(), Plans.Completed(Plans.Archive()), p => p.Add(c => c.Undo, new UndoLook(true)).Add(c => c.OnUndo, () => undos++).Add(c => c.ApprovedBy, "you"));
        Assert.Equal("Archived 'river-gauge'", card.Find("h3").TextContent);
        Assert.Contains("Applied 08:00:00 exactly as approved", Squeezed(card.Find(".plan-meta").TextContent), StringComparison.Ordinal);
        Assert.Equal("/audit?text=apr_1", card.Find("a").GetAttribute("href"));
        Assert.Equal("archived", card.Find(".changes .now").TextContent);
        card.FindAll("button").Single(b => b.TextContent.Trim() == "Undo").Click();
        Assert.Equal(1, undos);
    }

    [Fact]
    public void What_was_undone_is_struck_and_has_no_button()
    {
        var card = Receipt(Plans.Archive(), Plans.Completed(Plans.Archive()), p => p.Add(c => c.Undo, new UndoLook(false, UndoneAt: Plans.Now.AddMinutes(5))));
        Assert.Contains("undone", card.Find("section").ClassList);
        Assert.Equal("Undone at 08:05", Squeezed(card.Find("[role=status]").TextContent));
        Assert.Empty(card.FindAll("button"));
    }

    [Fact]
    public void A_replay_is_not_done_twice()
    {
        var card = Receipt(Plans.Archive(), Plans.Completed(Plans.Archive()) with { Replayed = true });
        Assert.Contains("Already done at 08:00. Not done twice.", Squeezed(card.Find(".plan-meta").TextContent), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_plan_shows_what_was_seen_what_is_there_and_who_moved_it()
    {
        var fresh = Plans.Archive("river") with { Summary = "Archive 'river'" };
        var difference = new JsonArray(
            new JsonObject { ["kind"] = "read_set", ["resource"] = "workspace/ws_1", ["field"] = null, ["planned"] = 3, ["now"] = 4 },
            new JsonObject { ["kind"] = "effect", ["resource"] = "workspace/ws_1", ["field"] = "title", ["planned"] = new JsonObject { ["before"] = "a" }, ["now"] = new JsonObject { ["before"] = "b\u202e" } });
        var followed = new List<string>();
        var card = _page.Render<StalePlanCard>(p => p
            .Add(c => c.View, Plans.View(new CardPhase.Superseded(difference, fresh, "apr_2", ""), Plans.Approval(status: "superseded")) with { Movers = [new Mover("workspace/ws_1", "Ben", Plans.Now, 7)] })
            .Add(c => c.OnFresh, followed.Add));
        Assert.Contains("The plan is out of date. Nothing was changed.", card.Markup, StringComparison.Ordinal);
        var row = Assert.Single(card.FindAll("tbody tr"));
        Assert.Contains("You saw: a", Squeezed(row.TextContent), StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("Ben at 08:00:00", Squeezed(row.TextContent), StringComparison.Ordinal);
        Assert.Equal("/audit/7", row.QuerySelector("a")!.GetAttribute("href"));
        card.FindAll("button").Single(b => b.TextContent == "Review the new plan").Click();
        Assert.Equal(["apr_2"], followed);
    }

    [Theory]
    [InlineData("completed", null, "Done")]
    [InlineData("denied", "You may not read that.", "Denied")]
    [InlineData("unavailable", "The database did not answer.", "Failed")]
    public void A_tool_call_is_one_line_with_its_state_as_a_word(string status, string? error, string word)
    {
        var outcome = new Outcome { RequestId = "r", Tool = "workspace.list", Status = status, Result = error is null ? new JsonObject { ["items"] = new JsonArray(1, 2) } : null, Error = error is null ? null : new OutcomeError(status, error) };
        var card = _page.Render<ToolCallCard>(p => p.Add(c => c.Tool, "workspace_list").Add(c => c.Arguments, new JsonObject { ["text"] = "x" }).Add(c => c.Outcome, outcome).Add(c => c.Ms, 38));
        Assert.Equal(word, card.Find("summary .state .sr").TextContent);
        Assert.Contains(error ?? "2 workspaces", card.Find("summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("38 ms", card.Find("summary").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<DecidedCard> Decided(CardPhase phase, Approval approval) => _page.Render<DecidedCard>(p => p.Add(c => c.View, Plans.View(phase, approval)));

    [Fact]
    public void A_receipt_shows_times_by_the_readers_clock_and_leads_to_the_trail_of_what_changed()
    {
        var plan = Plans.Archive() with { Effects = [new Effect("update", "workspace/ws_1", "purge_at", null, "2026-12-27T08:00:00.000Z"), new Effect("update", "workspace/ws_1", "title", "2026-12-27T08:00:00.000Z", "b")] };
        var receipt = Receipt(plan, Plans.Completed(plan), p => p.AddCascadingValue(ReaderClock.In("Asia/Kathmandu")));
        var rows = receipt.FindAll(".changes li");
        Assert.Contains("27 Dec 13:45:00", rows[0].TextContent, StringComparison.Ordinal);
        // What somebody called a thing is no time.
        Assert.Contains("2026-12-27T08:00:00.000Z", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains(receipt.FindAll(".plan-meta a"), link => link.GetAttribute("href") == "/history?resource=workspace%2Fws_1&field=purge_at");
    }

    private IRenderedComponent<ReceiptCard> Receipt(Plan plan, Outcome outcome, Action<ComponentParameterCollectionBuilder<ReceiptCard>>? more = null) => _page.Render<ReceiptCard>(p =>
    {
        p.Add(c => c.Plan, plan).Add(c => c.Outcome, outcome).Add(c => c.Names, Plans.Names).Add(c => c.At, Plans.Now);
        more?.Invoke(p);
    });

    private static string Squeezed(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace(" .", ".", StringComparison.Ordinal);
}

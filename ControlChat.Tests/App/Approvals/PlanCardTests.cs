using AngleSharp.Dom;
using Bunit;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Layout;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

public sealed class PlanCardTests : IDisposable
{
    private readonly ShellPage _page = new();
    private readonly List<ApproveClick> _approved = [];
    private readonly List<string?> _declined = [];

    public void Dispose() => _page.Dispose();

    [Fact]
    public void It_tells_what_will_change_who_asks_and_until_when()
    {
        var card = Show(Plans.Archive());
        Assert.Equal("Archive 'river-gauge'", card.Find("h3").TextContent.Trim());
        Assert.Equal("Archive 'river-gauge'", card.Find($"#{card.Find("section").GetAttribute("aria-labelledby")}").TextContent.Trim());
        Assert.Contains("Destructive", card.Find(".tag.danger").TextContent, StringComparison.Ordinal);
        Assert.Contains("9f3c a71e", card.Find(".mark").TextContent, StringComparison.Ordinal);
        Assert.Equal("15:00", card.Find("[role=timer] b").TextContent);
        var meta = string.Concat(card.FindAll(".plan-meta").Select(m => m.TextContent));
        Assert.Contains("1 version read at 08:00:00", meta, StringComparison.Ordinal);
        Assert.Contains("Asked by Ada through API token ci", Squeezed(meta), StringComparison.Ordinal);
        var row = Assert.Single(card.FindAll(".effects tbody tr"));
        Assert.Contains("river-gauge", row.TextContent, StringComparison.Ordinal);
        Assert.Equal("active", row.QuerySelector(".was")!.TextContent);
        Assert.Equal("archived", row.QuerySelector(".now")!.TextContent);
        Assert.Contains("workspace_id: ws_1", Squeezed(card.Find(".args").TextContent), StringComparison.Ordinal);
        Assert.Equal(["Will not change", "Reversible: yes", "Cost", "Who may approve"], card.FindAll(".facts dt").Select(d => d.TextContent));
    }

    [Fact]
    public void Approve_says_the_verb_and_only_a_destructive_plan_is_red()
    {
        Assert.Contains("danger", Show(Plans.Archive()).Find("[data-approve]").ClassList);
        Assert.Equal("Archive", Label(Show(Plans.Archive())));
        var rename = Show(Plans.Archive() with { Tool = "workspace.rename", Scope = ToolScope.Write });
        Assert.Equal("Rename", Label(rename));
        Assert.Contains("primary", rename.Find("[data-approve]").ClassList);
        Assert.Equal("Approve € 0.16 an hour", Label(Show(Plans.Archive() with { Scope = ToolScope.Billing, Cost = new Cost("0.16", "EUR", "hour") })));
        Assert.Equal("Approve 4 steps", Label(Show(Plans.Batch())));
    }

    [Fact]
    public void A_left_out_step_takes_those_with_it_that_depend_on_it()
    {
        var card = Show(Plans.Batch());
        Assert.Equal(4, card.FindAll("input[type=checkbox]").Count);
        Box(card, "Include step 1:").Change(false);
        Assert.Equal("Approve 2 steps", Label(card));
        Assert.False(Box(card, "Include step 2:").IsChecked());
        Assert.True(Box(card, "Include step 2:").HasAttribute("disabled"));
        Assert.True(Box(card, "Include step 3:").IsChecked());
        Button(card, "Approve 2 steps").Click();
        Assert.Equal([0], Assert.Single(_approved).Veto);
    }

    [Fact]
    public void What_is_left_out_costs_nothing()
    {
        var batch = Plans.Batch();
        Cost?[] costs = [new("0.20", "EUR", "hour"), null, new("0.10", "EUR", "hour"), null];
        var card = Show(batch with { Scope = ToolScope.Billing, Cost = new Cost("0.30", "EUR", "hour"), Steps = [.. batch.Steps!.Select((s, i) => s with { Cost = costs[i] })] });
        Assert.Equal(("Approve € 0.30 an hour", "€ 0.30 an hour."), (Label(card), Price(card)));
        Box(card, "Include step 1:").Change(false);
        Assert.Equal(("Approve € 0.10 an hour", "€ 0.10 an hour."), (Label(card), Price(card)));
        Box(card, "Include step 3:").Change(false);
        Assert.Equal(("Approve 1 step", "Nothing."), (Label(card), Price(card)));
        Box(card, "Include step 1:").Change(true);
        Assert.Equal(("Approve € 0.20 an hour", "€ 0.20 an hour."), (Label(card), Price(card)));
    }

    [Fact]
    public void Leaving_everything_out_is_not_approving()
    {
        var card = Show(Plans.Batch());
        foreach (var step in new[] { 1, 3, 4 }) Box(card, $"Include step {step}:").Change(false);
        Assert.Equal("true", card.Find("[data-approve]").GetAttribute("aria-disabled"));
        Assert.Contains("Decline instead", card.Markup, StringComparison.Ordinal);
        card.Find("[data-approve]").Click();
        Assert.Empty(_approved);
    }

    [Theory]
    [InlineData("")]
    [InlineData("payment")]
    [InlineData("Payments")]
    [InlineData("payments ")]
    [InlineData("yes")]
    public void Approve_stays_shut_until_the_name_is_typed_exactly(string typed)
    {
        var card = Show(Plans.Purge());
        Field(card).Input(typed);
        Assert.Equal("true", card.Find("[data-approve]").GetAttribute("aria-disabled"));
        card.Find("[data-approve]").Click();
        Assert.Empty(_approved);
    }

    [Fact]
    public void The_exact_name_opens_it()
    {
        var card = Show(Plans.Purge());
        Field(card).Input("payments");
        Assert.Null(card.Find("[data-approve]").GetAttribute("aria-disabled"));
        Button(card, "Delete for good").Click();
        Assert.Equal("payments", Assert.Single(_approved).Typed);
        Assert.Contains("Reversible: no", card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_a_name_hides_stays_hidden()
    {
        var card = Show(Plans.Purge("pay\u202eroll\u200b<img src=x onerror=alert(1)>"));
        Assert.Empty(card.FindAll("img"));
        Assert.DoesNotContain("\u202e", card.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("\u200b", card.Markup, StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", card.Find("h3").TextContent, StringComparison.Ordinal);
        Assert.Contains("⟨U+200B⟩", card.Find(".effects").TextContent, StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", card.Find(".type-name").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_mixes_scripts_is_flagged() => Assert.Contains("mixes Cyrillic and Latin", Show(Plans.Archive("раyroll")).Find("h3").TextContent, StringComparison.Ordinal);

    [Fact]
    public void Long_text_folds_and_is_never_cut()
    {
        var text = new string('a', 500) + "END";
        var card = Show(Plans.Archive() with { Effects = [new Effect("update", "workspace/ws_1", "title", "old", text)], Arguments = new() { ["title"] = text } });
        Assert.DoesNotContain("END", card.Find(".now").TextContent, StringComparison.Ordinal);
        foreach (var button in card.FindAll("button").Where(b => b.TextContent.Contains("503", StringComparison.Ordinal)).ToList()) button.Click();
        Assert.Contains("END", card.Find(".now").TextContent, StringComparison.Ordinal);
        Assert.Contains("END", card.Find(".args").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_twelve_rows_are_shown_at_a_click()
    {
        var card = Show(Plans.Batch(20));
        Assert.Equal(12, card.FindAll(".effects tbody tr").Count);
        Button(card, "Show all 21").Click();
        Assert.Equal(21, card.FindAll(".effects tbody tr").Count);
    }

    [Fact]
    public void Warnings_and_taint_stand_above_the_facts()
    {
        var markup = Show(Plans.Purge() with { Tainted = true }).Markup;
        Assert.True(markup.IndexOf("text from outside", StringComparison.Ordinal) < markup.IndexOf("Will not change", StringComparison.Ordinal));
        Assert.True(markup.IndexOf("directory and everything in it", StringComparison.Ordinal) < markup.IndexOf("Will not change", StringComparison.Ordinal));
    }

    [Fact]
    public void Declining_asks_why_and_takes_no_for_an_answer()
    {
        var card = Show(Plans.Archive());
        Button(card, "Decline").Click();
        card.Find("input[maxlength]").Input("wait for December");
        Button(card, "Decline this plan").Click();
        Assert.Equal(["wait for December"], _declined);
    }

    [Fact]
    public void While_the_click_is_on_its_way_nothing_else_can_be_clicked()
    {
        var card = Show(new CardPhase.Sent());
        Assert.Contains("Checking that nothing has moved", card.Find("[data-approve]").TextContent, StringComparison.Ordinal);
        card.Find("[data-approve]").Click();
        Assert.Empty(_approved);
        Assert.All(card.FindAll(".card-foot button:not([data-approve])"), b => Assert.True(b.HasAttribute("disabled")));
    }

    [Fact]
    public void A_freeze_shuts_approve_and_leaves_decline_open()
    {
        var card = Show(new CardPhase.Frozen([new Freeze("frz_1", "workspace", "ws_1", "restoring a backup", "acc_ben", Plans.Now)]));
        Assert.Contains("Frozen: changes of this workspace are stopped", card.Markup, StringComparison.Ordinal);
        Assert.Contains("By Ben at 08:00, “restoring a backup”.", card.Find(".decision").TextContent, StringComparison.Ordinal);
        Assert.Contains("The plan is kept.", card.Markup, StringComparison.Ordinal);
        Assert.Equal("true", card.Find("[data-approve]").GetAttribute("aria-disabled"));
        Assert.NotNull(Button(card, "Decline"));
    }

    [Fact]
    public void When_a_second_person_must_decide_the_asker_finds_no_approve()
    {
        var card = Show(new CardPhase.SecondPerson());
        Assert.Empty(card.FindAll("[data-approve]"));
        Assert.Contains("Another person must approve", card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void At_its_end_the_buttons_change_in_place_and_the_plan_stays()
    {
        var replans = 0;
        var card = Show(new CardPhase.Expired(), Plans.Approval(status: "expired"), p => p.Add(c => c.OnReplan, () => replans++));
        Assert.Empty(card.FindAll("[data-approve]"));
        Assert.Single(card.FindAll(".effects tbody tr"));
        Assert.Contains("Expired at 08:15 without a decision", card.Markup, StringComparison.Ordinal);
        Assert.Contains("Nobody declined it. Nothing was changed.", card.Markup, StringComparison.Ordinal);
        Button(card, "Make a fresh plan").Click();
        Assert.Equal(1, replans);
    }

    [Fact]
    public void A_decision_made_elsewhere_says_who_and_keeps_the_card()
    {
        var card = Show(new CardPhase.Elsewhere(), Plans.Approval(status: "consumed") with { Outcome = Plans.Completed(Plans.Archive()) });
        Assert.Contains("Decided elsewhere: Ben approved", card.Markup, StringComparison.Ordinal);
        Assert.Contains("exactly as approved", card.Markup, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("[data-approve]"));
        Assert.NotNull(Button(card, "Receipt"));
    }

    [Fact]
    public void A_click_that_needs_a_fresh_sign_in_offers_the_way_there_and_back()
    {
        var view = Plans.View(new CardPhase.Pending()) with { Trouble = "This needs a fresh sign-in.", SignInAgain = true };
        var card = _page.Render<PlanCard>(p => p.Add(c => c.View, view));
        Assert.Equal("/signin?again=1&returnUrl=/approvals/apr_1", card.Find("[role=alert] a").GetAttribute("href"));
        Assert.Empty(Show(Plans.Archive()).FindAll("a[href^='/signin']"));
    }

    private IRenderedComponent<PlanCard> Show(Plan plan) => Show(new CardPhase.Pending(), Plans.Approval(plan));

    private IRenderedComponent<PlanCard> Show(CardPhase phase, Approval? approval = null, Action<ComponentParameterCollectionBuilder<PlanCard>>? more = null) => _page.Render<PlanCard>(p =>
    {
        p.Add(c => c.View, Plans.View(phase, approval)).Add(c => c.OnApprove, _approved.Add).Add(c => c.OnDecline, EventCallback.Factory.Create<string?>(this, _declined.Add));
        more?.Invoke(p);
    });

    private static string Squeezed(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Price(IRenderedComponent<PlanCard> card) => card.FindAll(".facts div").Single(f => f.QuerySelector("dt")!.TextContent == "Cost").QuerySelector("dd")!.TextContent;

    private static string Label(IRenderedComponent<PlanCard> card) => card.Find("[data-approve]").TextContent.Trim();

    private static IElement Field(IRenderedComponent<PlanCard> card) => card.Find($"#{card.FindAll("label").Single(l => l.TextContent.Contains("to approve", StringComparison.Ordinal)).GetAttribute("for")}");

    private static IElement Box(IRenderedComponent<PlanCard> card, string label) => card.FindAll("input[type=checkbox]").Single(b => b.GetAttribute("aria-label")!.StartsWith(label, StringComparison.Ordinal));

    private static IElement Button(IRenderedComponent<PlanCard> card, string name) => card.FindAll("button").First(b => b.TextContent.Trim() == name);
}

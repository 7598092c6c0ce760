using Bunit;
using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Gate;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Cards and inbox of agents' approvals over the real gate.</summary>
public sealed class AgentCardStateTests
{
    [Fact]
    public async Task A_click_accepts_once()
    {
        await using var hub = await CardHub.CreateAsync();
        var id = await hub.Gate.OpenAsync(AgentAsks.Command());
        using var card = await hub.OpenAsync(id);
        Assert.False(card.Approve([], null));
        Assert.True(card.Accept(new AgentClick(null)));
        Assert.False(card.Accept(new AgentClick(null)));
        await card.Work;
        Assert.IsType<CardPhase.Applied>(card.View!.Phase);
        Assert.Equal("you", card.View.Decider);
        Assert.IsType<AgentDecision.Accepted>(await hub.Gate.AnswerAsync(id));
    }

    [Fact]
    public async Task Accept_does_nothing_just_after_the_card_appeared()
    {
        await using var hub = await CardHub.CreateAsync();
        var id = await hub.Gate.OpenAsync(AgentAsks.Command());
        using var card = new ApprovalCardState(id, hub.Desk(), NullLogger.Instance);
        await card.LoadAsync();
        await card.OpenAsync();
        hub.Gate.Time.Advance(ApprovalCardState.Inert - TimeSpan.FromMilliseconds(1));
        Assert.False(card.Accept(new AgentClick(null)));
        Assert.IsType<AgentDecision.Pending>(await hub.Gate.AnswerAsync(id));
    }

    [Fact]
    public async Task What_was_filled_in_reaches_the_agent_and_no_card()
    {
        await using var hub = await CardHub.CreateAsync();
        var id = await hub.Gate.OpenAsync(AgentAsks.Question());
        using var card = await hub.OpenAsync(id);
        card.Accept(new AgentClick(new() { ["size"] = 0 }));
        await card.Work;
        Assert.IsType<CardPhase.Pending>(card.View!.Phase);
        Assert.Equal("'size' must be at least 1.", card.View.Trouble);
        hub.Gate.Time.Advance(ApprovalCardState.Inert);
        Assert.True(card.Accept(new AgentClick(new() { ["size"] = 256 })));
        await card.Work;
        Assert.Equal(256, Assert.IsType<AgentDecision.Accepted>(await hub.Gate.AnswerAsync(id)).Content!["size"]!.GetValue<int>());
        Assert.DoesNotContain("256", ControlChat.Core.Hub.Json.Write(card.View!.Approval), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_the_turn_is_its_own_answer()
    {
        await using var hub = await CardHub.CreateAsync();
        var id = await hub.Gate.OpenAsync(AgentAsks.Command());
        using var card = await hub.OpenAsync(id);
        card.CancelTurn();
        await card.Work;
        Assert.IsType<CardPhase.Declined>(card.View!.Phase);
        Assert.Equal(new AgentDecision.Cancelled(ByPerson: true), await hub.Gate.AnswerAsync(id));
    }

    [Fact]
    public async Task A_freeze_of_agents_stands_on_the_card_and_a_plan_is_not_touched_by_it()
    {
        await using var hub = await CardHub.CreateAsync();
        await hub.Gate.Freezes.SetAsync(GateHub.Ada, "agent", "workspace_agent", "an odd log", default);
        using var card = await hub.OpenAsync(await hub.Gate.OpenAsync(AgentAsks.Command()));
        Assert.IsType<CardPhase.Frozen>(card.View!.Phase);
        using var plan = await hub.OpenAsync(await hub.AskAsync());
        Assert.IsType<CardPhase.Pending>(plan.View!.Phase);
    }

    [Fact]
    public async Task The_whole_card_is_shown_and_holds_no_token()
    {
        await using var hub = await CardHub.CreateAsync();
        await using var page = new ShellPage();
        page.Services.AddSingleton(hub.Desk());
        var id = await hub.Gate.OpenAsync(AgentAsks.Command());
        var card = page.Render<ApprovalCard>(p => p.Add(c => c.ApprovalId, id));
        card.WaitForElement("[data-approve]");
        await Support.Waiting.UntilAsync(async () => await hub.Gate.CountAsync("select count(*) from confirm_tokens") > 0);
        hub.Gate.Time.Advance(ApprovalCardState.Inert);
        card.Find("[data-approve]").Click();
        card.WaitForAssertion(() => Assert.Contains("Accepted by you at", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Contains("touch /srv/outside", card.Markup, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", card.Markup);
    }

    [Fact]
    public async Task What_agents_ask_and_what_their_owner_asks_are_two_crowds()
    {
        await using var hub = await CardHub.CreateAsync();
        for (var i = 0; i < 2; i++)
        {
            await hub.Gate.OpenAsync(AgentAsks.Command(), $"ask-{i}");
            await hub.Gate.SetAsync($"n{i}", "one");
            await hub.Gate.CallAsync("note.drop", new { id = $"n{i}" });
        }
        using var state = new ApprovalsPageState(hub.Desk(), new ChosenRows(10));
        await state.ShowAsync(new InboxQuery(null, null, null, null));
        Assert.Equal(4, state.Waiting);
        var agents = Assert.Single(state.Groups, g => g.Title == "Waiting for you, asked by agents of Ada");
        Assert.Equal(2, await state.DeclineAllAsync(agents.Requester!));
        Assert.Equal(2, await hub.Gate.CountAsync("select count(*) from approvals where status = 'pending' and kind = 'plan'"));
    }
}

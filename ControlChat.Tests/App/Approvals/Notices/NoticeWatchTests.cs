using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Notices;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Core.Gate;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Notices;

public sealed class NoticeWatchTests
{
    [Fact]
    public async Task What_waits_for_the_reader_is_told_by_its_tool_and_opened_from_there()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        var asked = await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal(["An approval waits for you. note.drop."], window.Shown);
        Assert.Equal("An approval waits for you. note.drop.", window.Announcer.Polite);
        Assert.Equal(("approvals-waits", "An approval waits for you", "note.drop.", $"/approvals/{asked}"), (window.Told[0].Tag, window.Told[0].Title, window.Told[0].Body, window.Told[0].Path));
        await window.Toasts.Current.Single().Toast.OnAction!();
        Assert.Equal($"/approvals/{asked}", window.Path);
    }

    [Fact]
    public async Task Nothing_that_anybody_wrote_is_told()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await hub.Gate.SetAsync("pay-here.example", "Click https://evil.example now", GateHub.Ben);
        await hub.Gate.CallAsync("note.drop", new { id = "pay-here.example" }, GateHub.Ben with { Name = "Evil Admin" });
        await hub.Gate.OpenAsync(AgentAsks.Command("curl https://evil.example"), "ask-1", AgentAsks.Session(hub.Gate, owner: "acc_ben"));
        await window.UntilAsync(() => window.Told.Count == 1);
        var all = string.Join('\n', window.Told.Select(t => t.ToString()).Concat(window.Shown));
        Assert.DoesNotContain("evil", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("pay-here", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_asked_in_this_browser_is_left_to_its_page_and_told_only_to_who_looks_elsewhere()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await hub.AskAsync();
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Empty(window.Shown);
        Assert.Equal("", window.Announcer.Polite);
    }

    [Fact]
    public async Task The_readers_agent_is_nobody_who_asks_in_this_window()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await hub.Gate.OpenAsync(AgentAsks.Command());
        await window.UntilAsync(() => window.Shown.Count == 1);
        Assert.Equal(["An approval waits for you. An agent: Command."], window.Shown);
    }

    [Fact]
    public async Task A_conversation_that_shows_its_card_in_a_moment_is_not_interrupted_and_one_that_does_not_is()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await hub.Gate.SetAsync("n1", "one");
        await hub.Gate.SetAsync("n2", "one");
        var seen = (await hub.Gate.CallAsync("note.drop", new { id = "n1" }, via: "ask")).ApprovalId!;
        using var card = await hub.OpenAsync(seen, window.Desk);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Empty(window.Shown);
        await hub.Gate.CallAsync("note.drop", new { id = "n2" }, via: "ask");
        await window.UntilAsync(() => window.Told.Count == 2);
        Assert.Equal(["An approval waits for you. note.drop. 2 wait in all."], window.Shown);
    }

    [Fact]
    public async Task The_inbox_tells_by_itself()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        window.GoTo("/approvals?for=you");
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Empty(window.Shown);
    }

    [Theory]
    [InlineData("/approvals/grants")]
    [InlineData("/approvals?status=decided")]
    [InlineData("/approvals?mine=true")]
    [InlineData("/approvals?cursor=apr_1")]
    [InlineData("/approvals/apr_1")]
    public async Task A_page_beside_the_inbox_tells_nothing_by_itself(string path)
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        window.GoTo(path);
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal(["An approval waits for you. note.drop."], window.Shown);
    }

    [Theory]
    [InlineData("/approvals")]
    [InlineData("/approvals/grants")]
    public async Task What_became_of_ones_own_is_told_on_the_pages_of_approvals_too(string path)
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ben);
        window.GoTo(path);
        await hub.Gate.Approvals.DeclineAsync(GateHub.Ada, await hub.AskAsync(GateHub.Ben), null, default);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal(["An approval was decided elsewhere. note.drop was declined."], window.Shown);
    }

    [Fact]
    public async Task Somebody_who_may_not_decide_is_not_told_that_it_waits()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ben);
        await hub.AskAsync();
        await window.NothingAsync();
    }

    [Fact]
    public async Task A_flood_is_one_notice_with_its_number()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await ApprovalReminderTests.FloodAsync(hub.Gate, 500, "acc_ben");
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal(["500 approvals wait for you. 500 of them are new."], window.Shown);
        Assert.Equal(("500 approvals wait for you", "/approvals"), (window.Told[0].Title, window.Told[0].Path));
        var at = hub.Gate.Time.GetUtcNow();
        await ApprovalReminderTests.FloodAsync(hub.Gate, 100, "acc_ben");
        await window.UntilAsync(() => window.Told.Count == 2);
        Assert.True(hub.Gate.Time.GetUtcNow() - at >= NoticeWatch.Pause - ApprovalFeed.Pause);
        Assert.Equal(["600 approvals wait for you. 100 of them are new."], window.Shown);
    }

    [Fact]
    public async Task Who_asked_is_told_what_somebody_else_decided_and_not_what_they_decided_themselves()
    {
        await using var hub = await CardHub.CreateAsync();
        using var asker = new NoticeBed(hub, GateHub.Ben);
        using var decider = new NoticeBed(hub, GateHub.Ada);
        Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync(await hub.AskAsync(GateHub.Ben)));
        await asker.UntilAsync(() => asker.Told.Count == 1);
        Assert.Equal(["An approval was decided elsewhere. note.drop was approved."], asker.Shown);
        Assert.IsType<ApprovalDecision.Declined>(await hub.Gate.Approvals.DeclineAsync(GateHub.Ada, await hub.AskAsync(GateHub.Ben), "not for you", default));
        await asker.UntilAsync(() => asker.Told.Count == 2);
        Assert.Equal("note.drop was declined.", asker.Told[1].Body);
        Assert.DoesNotContain("decided", string.Join(' ', decider.Told.Select(t => t.Title)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_its_card_open_is_told_by_the_card_and_by_the_browser()
    {
        await using var hub = await CardHub.CreateAsync();
        var asked = await hub.AskAsync(GateHub.Ben);
        using var window = new NoticeBed(hub, GateHub.Ada);
        using (var card = await hub.OpenAsync(asked, window.Desk))
        {
            await hub.Gate.Approvals.DeclineAsync(GateHub.Ben, asked, null, default);
            await window.UntilAsync(() => window.Told.Count == 1);
        }
        Assert.Equal("note.drop was declined.", window.Told[0].Body);
        Assert.Empty(window.Shown);
        Assert.Empty(window.Desk.Cards);
    }

    [Fact]
    public async Task What_ends_is_reminded_of_once_and_told_when_it_ended()
    {
        await using var hub = await CardHub.CreateAsync();
        await hub.AskAsync(GateHub.Ben);
        using var window = new NoticeBed(hub, GateHub.Ada);
        using var asker = new NoticeBed(hub, GateHub.Ben);
        hub.Gate.Time.Sleep(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await hub.Gate.Get<ApprovalReminders>().RemindDueAsync(default));
        await window.UntilAsync(() => window.Told.Count == 1 && asker.Told.Count == 1);
        Assert.Equal(["An approval ends in 3 min. note.drop. Nobody has decided it."], window.Shown);
        Assert.Equal("approvals-ends", asker.Told[0].Tag);
        hub.Gate.Time.Sleep(TimeSpan.FromMinutes(4));
        Assert.Equal(1, await hub.Gate.Get<ApprovalClosing>().ExpireDueAsync(default));
        await asker.UntilAsync(() => asker.Told.Count == 2);
        Assert.Equal(("An approval ended without a decision", "note.drop. Nothing was changed."), (asker.Told[1].Title, asker.Told[1].Body));
        // Neither asked for by them nor open.
        Assert.Single(window.Told);
    }

    [Fact]
    public async Task The_more_urgent_goes_first_and_the_rest_follows_as_it_stands_then()
    {
        await using var hub = await CardHub.CreateAsync();
        var own = await hub.AskAsync();
        using var window = new NoticeBed(hub, GateHub.Ada);
        await hub.Gate.MeddleAsync("n1", "again");
        // Declined by the other one of two people: here by the record alone.
        await using (var transaction = await hub.Gate.Database.BeginAsync(default))
        {
            await transaction.ExecuteAsync("update approvals set status = 'declined', decided_by = 'acc_ben', decided_at = hub_now() where id = @own", new { own }, default);
            transaction.Hint(ControlChat.Core.Gate.Approvals.ChangedTopic, own);
            await transaction.CommitAsync(default);
        }
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 2);
        Assert.Equal(["approvals-waits", "approvals-decided"], window.Told.Select(t => t.Tag));
    }

    [Fact]
    public async Task A_database_that_is_away_delays_it_and_loses_nothing()
    {
        await using var hub = await CardHub.CreateAsync();
        var away = new AwayApprovals(hub.Gate.Approvals) { IsAway = true };
        using var window = new NoticeBed(hub, GateHub.Ada, away);
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => away.Asked > 1);
        Assert.Empty(window.Told);
        away.IsAway = false;
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Single(window.Shown);
    }

    [Fact]
    public async Task Rights_that_were_lost_tell_nothing()
    {
        await using var hub = await CardHub.CreateAsync();
        var asked = new AwayApprovals(hub.Gate.Approvals);
        using var window = new NoticeBed(hub, GateHub.Ada, asked);
        hub.Gate.People.Gone.Add("ses_ada");
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => asked.Asked > 0);
        hub.Gate.People.Gone.Clear();
        var again = await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal($"/approvals/{again}", window.Told[0].Path);
    }

    private sealed class AwayApprovals(IApprovals real) : ForwardedApprovals(real)
    {
        private int _asked;

        public bool IsAway { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public override Task<ApprovalNewsRead> NewsAsync(ControlChat.Core.Accounts.Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return IsAway ? throw new HubUnavailableException("Away.", new IOException()) : base.NewsAsync(principal, query, cancellationToken);
        }
    }
}

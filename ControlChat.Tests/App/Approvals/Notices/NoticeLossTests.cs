using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Notices;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Notices;

/// <summary>What a process that died, a bus that trimmed or a network that went away did not carry.</summary>
public sealed class NoticeLossTests
{
    [Fact]
    public async Task A_browser_that_does_not_hear_is_told_again_and_a_window_that_lost_one_moment_tells_on()
    {
        await using var hub = await CardHub.CreateAsync();
        using var window = new NoticeBed(hub, GateHub.Ada) { IsAway = true };
        var asked = await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Unheard > 1);
        // Nobody would see it, and it would be gone when they come back.
        Assert.Empty(window.Shown);
        window.IsAway = false;
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.Equal($"/approvals/{asked}", window.Told[0].Path);
        Assert.Single(window.Shown);
        await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 2);
    }

    [Fact]
    public async Task What_nobody_told_of_is_found_though_others_are_told_of_all_the_time()
    {
        await using var hub = await CardHub.CreateAsync();
        var bus = new TailBus { IsShared = true };
        using var window = new NoticeBed(hub, GateHub.Ada, bus: bus);
        hub.Gate.Time.Advance(TimeSpan.FromSeconds(1));
        var lost = await hub.AskAsync(GateHub.Ben);
        for (var told = 1; told < 4; told++)
        {
            hub.Gate.Time.Advance(TimeSpan.FromSeconds(10));
            bus.Say(await hub.AskAsync(GateHub.Ben));
            await window.UntilAsync(() => window.Told.Count == told);
        }
        Assert.DoesNotContain(window.Told, t => Leads(t, lost));
        await window.UntilAsync(() => window.Told.Any(t => Leads(t, lost)));
        Assert.Equal(4, window.Told.Count);
    }

    [Fact]
    public async Task After_a_gap_everything_is_told_that_came_since_the_window_began_and_nothing_from_before()
    {
        await using var hub = await CardHub.CreateAsync();
        await hub.AskAsync(GateHub.Ben);
        hub.Gate.Time.Advance(TimeSpan.FromSeconds(20));
        using var window = new NoticeBed(hub, GateHub.Ada, bus: new TailBus(new BusGapException("Trimmed.")));
        // Before the feed says it.
        hub.Gate.Time.Advance(ApprovalFeed.Pause / 4);
        var lost = await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.True(Leads(window.Told[0], lost), window.Told[0].Path);
    }

    [Fact]
    public async Task The_decision_of_ones_own_is_found_when_nobody_told_of_it()
    {
        await using var hub = await CardHub.CreateAsync();
        var bus = new TailBus { IsShared = true };
        using var window = new NoticeBed(hub, GateHub.Ben, bus: bus);
        var own = await hub.AskAsync(GateHub.Ben);
        bus.Say(own);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.IsType<ApprovalDecision.Declined>(await hub.Gate.Approvals.DeclineAsync(GateHub.Ada, own, null, default));
        await window.UntilAsync(() => window.Told.Count == 2);
        Assert.Equal(("approvals-decided", true), (window.Told[1].Tag, Leads(window.Told[1], own)));
    }

    [Fact]
    public async Task An_old_decision_that_somebody_looks_at_is_no_news()
    {
        await using var hub = await CardHub.CreateAsync();
        var (old, open) = (await hub.AskAsync(GateHub.Ben), await hub.AskAsync(GateHub.Ben));
        await hub.Gate.Approvals.DeclineAsync(GateHub.Ben, old, null, default);
        var (bus, asked) = (new TailBus { IsShared = true }, new CountedApprovals(hub.Gate.Approvals));
        using var window = new NoticeBed(hub, GateHub.Ada, asked, bus);
        using var first = await hub.OpenAsync(old, window.Desk);
        using var second = await hub.OpenAsync(open, window.Desk);
        await window.UntilAsync(() => asked.Count == 2);
        // Of this one the first look saw that it waits.
        await hub.Gate.Approvals.DeclineAsync(GateHub.Ben, open, null, default);
        await window.UntilAsync(() => window.Told.Any(t => t.Tag == "approvals-decided"));
        Assert.True(Leads(window.Told.Single(t => t.Tag == "approvals-decided"), open));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_window_whose_clock_is_not_the_databases_tells_the_same(int hours)
    {
        await using var hub = await CardHub.CreateAsync();
        await hub.AskAsync(GateHub.Ben);
        hub.Gate.Time.Advance(TimeSpan.FromSeconds(20));
        var bus = new TailBus(new BusGapException("Trimmed."));
        using var window = new NoticeBed(hub, GateHub.Ada, bus: bus, time: new OtherClock(hub.Gate.Time, TimeSpan.FromHours(hours)));
        hub.Gate.Time.Advance(ApprovalFeed.Pause / 4);
        var lost = await hub.AskAsync(GateHub.Ben);
        await window.UntilAsync(() => window.Told.Count == 1);
        Assert.True(Leads(window.Told[0], lost), window.Told[0].Path);
        hub.Gate.Time.Sleep(TimeSpan.FromMinutes(12));
        await hub.Gate.Get<ApprovalReminders>().RemindDueAsync(default);
        bus.Say(lost);
        await window.UntilAsync(() => window.Told.Count == 2);
        Assert.Equal("An approval ends in 3 min", window.Told[1].Title);
    }

    [Fact]
    public async Task Only_approvals_are_read_and_a_look_that_found_nothing_rests_too()
    {
        await using var hub = await CardHub.CreateAsync();
        var (bus, asked) = (new TailBus(), new CountedApprovals(hub.Gate.Approvals));
        using var window = new NoticeBed(hub, GateHub.Ben, asked, bus);
        var heard = 0;
        window.Desk.Feed.Changed += _ => Interlocked.Increment(ref heard);
        bus.Say("grt_1");
        await window.UntilAsync(() => Volatile.Read(ref heard) == 1);
        hub.Gate.Time.Advance(NoticeWatch.Gather);
        Assert.Equal(0, asked.Count);
        var foreign = await hub.AskAsync();
        bus.Say(foreign);
        await window.UntilAsync(() => asked.Count == 1);
        var at = hub.Gate.Time.GetUtcNow();
        bus.Say(foreign);
        await window.UntilAsync(() => asked.Count == 2);
        Assert.True(hub.Gate.Time.GetUtcNow() - at >= NoticeWatch.Pause - ApprovalFeed.Pause);
        Assert.Empty(window.Told);
    }

    private static bool Leads(Notice notice, string approvalId) => notice.Path == $"/approvals/{approvalId}";

    private sealed class CountedApprovals(IApprovals real) : ForwardedApprovals(real)
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override Task<ApprovalNewsRead> NewsAsync(Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.NewsAsync(principal, query, cancellationToken);
        }
    }

    private sealed class OtherClock(FakeTime real, TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => real.GetUtcNow() + ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => real.CreateTimer(callback, state, dueTime, period);
    }
}

using ControlChat.App.Approvals;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Approvals.Notices;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

public sealed class ApprovalsPageStateTests
{
    [Fact]
    public async Task A_page_of_decided_ones_has_as_many_rows_as_the_person_chose_and_what_waits_is_never_cut()
    {
        await using var hub = await CardHub.CreateAsync();
        for (var i = 0; i < 12; i++) await hub.Gate.ApproveAsync(await hub.AskAsync());
        for (var i = 0; i < 11; i++)
        {
            await hub.Gate.SetAsync($"w{i}", "one");
            await hub.Gate.CallAsync("note.drop", new { id = $"w{i}" });
        }
        using var state = new ApprovalsPageState(hub.Desk(), new ChosenRows(10));

        await state.ShowAsync(new InboxQuery(InboxQuery.Decided, null, null, null));
        Assert.Equal(10, state.Groups.Sum(g => g.Items.Count));
        Assert.NotNull(state.NextCursor);

        await state.ShowAsync(new InboxQuery(null, null, null, null));
        Assert.Equal(11, state.Waiting);
    }

    [Fact]
    public async Task Of_a_flood_one_page_is_kept_and_what_comes_together_is_told_together()
    {
        await using var hub = await CardHub.CreateAsync();
        using var state = new ApprovalsPageState(hub.Desk(), new ChosenRows(10));
        var told = new List<int>();
        state.Arrived += arrived => told.Add(arrived.Count);
        await state.ShowAsync(new InboxQuery(null, null, null, null));
        var first = await ApprovalReminderTests.FloodAsync(hub.Gate, 60);
        await state.LoadAsync();
        Assert.Equal((60, 60), (Shown(state), state.Waiting));
        await hub.Gate.Approvals.DeclineAsync(GateHub.Ada, first[^1], null, default);
        await ApprovalReminderTests.FloodAsync(hub.Gate, 440);
        await state.LoadAsync();
        // A page, and what was decided while it was looked at.
        Assert.Equal((101, 499), (Shown(state), state.Waiting));
        Assert.NotNull(state.NextCursor);
        Assert.Equal([60, 100], told);
        await state.LoadAsync();
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task What_moves_while_it_is_read_is_read_once_more_and_not_for_each()
    {
        await using var hub = await CardHub.CreateAsync();
        var approvals = new SlowApprovals(hub.Gate.Approvals);
        using var state = new ApprovalsPageState(hub.Desk(approvals: approvals), new ChosenRows(10));
        await state.ShowAsync(new InboxQuery(null, null, null, null));
        state.Follow();
        approvals.Hold = new TaskCompletionSource();
        var before = approvals.Asked;
        for (var i = 0; i < 20; i++)
        {
            await ApprovalReminderTests.FloodAsync(hub.Gate, 2);
            await Waiting.UntilAsync(() =>
            {
                hub.Gate.Time.Advance(ApprovalFeed.Pause);
                return approvals.Asked > before;
            });
        }
        approvals.Hold.SetResult();
        await Waiting.UntilAsync(() => state.Waiting == 40);
        Assert.InRange(approvals.Asked - before, 1, 4);
    }

    private static int Shown(ApprovalsPageState state) => state.Groups.Sum(g => g.Items.Count);

    private sealed class SlowApprovals(IApprovals real) : ForwardedApprovals(real)
    {
        private int _asked;

        public TaskCompletionSource? Hold { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public override async Task<Page<Approval>> ListAsync(Principal principal, ApprovalFilter filter, CancellationToken cancellationToken)
        {
            if (filter.Status == "pending") Interlocked.Increment(ref _asked);
            if (Hold is { } hold) await hold.Task;
            return await base.ListAsync(principal, filter, cancellationToken);
        }
    }
}

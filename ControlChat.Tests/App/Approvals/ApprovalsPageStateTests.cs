using ControlChat.App.Approvals;
using ControlChat.Tests.App.Layout;
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
}

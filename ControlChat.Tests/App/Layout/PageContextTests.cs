using ControlChat.App.Layout;
using Xunit;

namespace ControlChat.Tests.App.Layout;

public sealed class PageContextTests
{
    private readonly PageContext _beside = new();
    private int _changes;

    public PageContextTests() => _beside.Changed += () => _changes++;

    [Fact]
    public void Nothing_selected_sends_nothing()
    {
        Assert.Null(_beside.ToSend());
        _beside.Show(this, [Chip(1)]);
        _beside.TakeOff(_beside.Chips[0]);
        Assert.Null(_beside.ToSend());
    }

    [Fact]
    public void The_workspace_a_page_is_about_goes_with_the_page()
    {
        var one = new PageWorkspace("ws_1", "river-gauge");
        _beside.Show(this, [], one);
        Assert.Equal((one, 1), (_beside.Workspace, _changes));
        _beside.Show(this, [], one);
        Assert.Equal(1, _changes);
        _beside.Leave(new object());
        Assert.Equal(one, _beside.Workspace);
        _beside.Leave(this);
        Assert.Null(_beside.Workspace);
    }

    [Fact]
    public void The_same_selection_told_again_changes_nothing_and_stays_taken_off()
    {
        _beside.Show(this, [Chip(1), Chip(2)]);
        _beside.TakeOff(_beside.Chips[0]);
        _beside.Show(this, [Chip(1), Chip(2)]);
        Assert.Equal(2, _changes);
        Assert.Equal(["row 2"], _beside.Chips.Select(chip => chip.Words));
    }

    [Fact]
    public void What_was_taken_off_and_selected_anew_is_sent_again()
    {
        _beside.Show(this, [Chip(1)]);
        _beside.TakeOff(_beside.Chips[0]);
        _beside.Show(this, []);
        _beside.Show(this, [Chip(1)]);
        Assert.Single(_beside.Chips);
    }

    [Fact]
    public void A_page_that_goes_after_its_successor_spoke_takes_nothing_along()
    {
        var next = new object();
        _beside.Show(this, [Chip(1)]);
        _beside.Show(next, [Chip(2)]);
        _beside.Leave(this);
        Assert.Equal(["row 2"], _beside.Chips.Select(chip => chip.Words));
        _beside.Leave(next);
        Assert.Empty(_beside.Chips);
    }

    [Fact]
    public void What_is_sent_is_a_copy_and_holds_no_words()
    {
        _beside.Show(this, [Chip(7)]);
        var first = _beside.ToSend()!;
        Assert.Equal("""{"selected":[{"page":"audit","row":7}]}""", first.ToJsonString());
        Assert.NotSame(first["selected"]![0], _beside.ToSend()!["selected"]![0]);
    }

    private static PageChip Chip(int row) => PageChip.Of("audit", $"row {row}", new() { ["page"] = "audit", ["row"] = row });
}

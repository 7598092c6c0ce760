using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Who types: the rules.</summary>
public sealed class TerminalControlTests
{
    private static readonly DateTimeOffset _start = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);
    private readonly TerminalControl _control = new();
    private readonly TerminalViewer _desk = LiveTerminalTests.Window("desk");
    private readonly TerminalViewer _phone = LiveTerminalTests.Window("phone");
    private readonly TerminalViewer _other = LiveTerminalTests.Window("other", "acc_2");
    private readonly TerminalViewer _guest = LiveTerminalTests.Window("guest", "acc_3", may: false);
    private DateTimeOffset _now = _start;

    [Fact]
    public void The_first_window_that_may_is_in_control()
    {
        Assert.Null(_control.OnJoin(_guest));
        Happens(_control.OnJoin(_desk));
        Assert.True(_control.IsHeldBy(_desk));
        Assert.Null(_control.OnJoin(_other));
    }

    [Fact]
    public void Who_may_only_look_is_refused()
    {
        Assert.Equal((ControlAnswer.Refused, null), _control.OnTake(_guest, _now));
    }

    [Fact]
    public void Another_window_of_the_same_account_takes_it_at_once()
    {
        Happens(_control.OnJoin(_desk));
        var (answer, change) = _control.OnTake(_phone, _now);
        Assert.Equal(ControlAnswer.Given, answer);
        Happens(change);
        Assert.True(_control.IsHeldBy(_phone));
        Assert.False(_control.IsHeldBy(_desk));
    }

    [Fact]
    public void Another_account_asks_and_is_given_it_when_nobody_objects()
    {
        Happens(_control.OnJoin(_desk));
        var (answer, asked) = _control.OnTake(_other, _now);
        Assert.Equal((ControlAnswer.Asked, ControlChange.Asked, _desk, _other), (answer, asked!.How, asked.To, asked.By));
        Assert.Equal((ControlAnswer.Asked, null), _control.OnTake(_other, _now));
        Assert.Equal(("acc_2", _start + TimeSpan.FromSeconds(10)), (_control.Wish!.Who.AccountId, _control.Wish.Until));
        _now += TimeSpan.FromSeconds(9.9);
        Assert.Null(_control.Due(_now));
        _now += TimeSpan.FromSeconds(0.2);
        var due = _control.Due(_now);
        Assert.Equal((ControlChange.Unanswered, "acc_2"), (due!.How, due.By.AccountId));
        Happens(due);
        Assert.True(_control.IsHeldBy(_other));
        Assert.Null(_control.Wish);
    }

    [Fact]
    public void The_holder_objects_and_stays()
    {
        Happens(_control.OnJoin(_desk));
        _control.OnTake(_other, _now);
        Assert.Null(_control.OnObject(_phone));
        Assert.Equal(ControlChange.Objected, _control.OnObject(_desk)!.How);
        Assert.Null(_control.Wish);
        Assert.Null(_control.Due(_now + TimeSpan.FromMinutes(1)));
        Assert.True(_control.IsHeldBy(_desk));
    }

    [Fact]
    public void Who_gives_it_back_gives_it_to_who_asked()
    {
        Happens(_control.OnJoin(_desk));
        Assert.Null(_control.OnGiveBack(_other));
        _control.OnTake(_other, _now);
        Happens(_control.OnGiveBack(_desk));
        Assert.True(_control.IsHeldBy(_other));
        Happens(_control.OnGiveBack(_other));
        Assert.Null(_control.Holder);
        Assert.Equal(ControlAnswer.Given, _control.OnTake(_other, _now).Answer);
    }

    [Fact]
    public void A_window_that_left_keeps_it_for_itself_for_a_while()
    {
        Happens(_control.OnJoin(_desk));
        _control.OnLeave(_desk, _now);
        _now += TimeSpan.FromSeconds(14.9);
        Assert.Null(_control.Due(_now));
        Assert.Null(_control.OnJoin(_other));
        // The same window's id under another account is another window.
        Assert.Null(_control.OnJoin(_desk with { AccountId = "acc_2" }));
        Assert.Null(_control.OnJoin(_desk));
        _now += TimeSpan.FromMinutes(1);
        Assert.Null(_control.Due(_now));
        Assert.True(_control.IsHeldBy(_desk));
        _control.OnLeave(_desk, _now);
        _now += TimeSpan.FromSeconds(15);
        var due = _control.Due(_now);
        Assert.Equal((null, ControlChange.Left), (due!.To, due.How));
        Happens(due);
        // Whoever comes now did not ask for it: it may be a phone in a pocket.
        Assert.Null(_control.OnJoin(_phone));
        Assert.Null(_control.OnJoin(_other));
        Happens(_control.OnTake(_other, _now).Change);
        Assert.True(_control.IsHeldBy(_other));
    }

    [Fact]
    public void A_window_that_was_away_for_too_long_has_it_again_if_nobody_took_it()
    {
        Leaves();
        Assert.Null(_control.OnJoin(_desk with { AccountId = "acc_2" }));
        Assert.Null(_control.OnJoin(_desk with { MayControl = false }));
        var back = _control.OnJoin(_desk);
        Assert.Equal((_desk, ControlChange.Joined), (back!.To, back.How));
        Happens(back);
        Assert.True(_control.IsHeldBy(_desk));
        Leaves(joins: false);
        Happens(_control.OnTake(_other, _now).Change);
        Happens(_control.OnGiveBack(_other));
        Assert.Null(_control.OnJoin(_desk));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void Another_window_of_the_account_whose_window_is_gone_may_succeed_it(int seconds)
    {
        Happens(_control.OnJoin(_desk));
        Assert.False(_control.Succeeds(_phone));
        _control.OnLeave(_desk, _now);
        _now += TimeSpan.FromSeconds(seconds);
        if (_control.Due(_now) is { } due) Happens(due);
        Assert.Null(_control.OnJoin(_phone));
        Assert.True(_control.Succeeds(_phone));
        Assert.False(_control.Succeeds(_other));
        Assert.False(_control.Succeeds(_phone with { MayControl = false }));
        Happens(_control.OnTake(_phone, _now).Change);
        Assert.False(_control.Succeeds(_desk));
        Happens(_control.OnGiveBack(_phone));
        Assert.False(_control.Succeeds(_desk));
    }

    [Fact]
    public void After_the_worker_changed_only_the_one_who_had_it_is_given_it()
    {
        var control = new TerminalControl { Before = "acc_2" };
        Assert.Null(control.OnJoin(_desk));
        Assert.NotNull(control.OnJoin(_other));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void After_the_worker_changed_a_window_of_theirs_follows_one_that_left_until_somebody_asks(int seconds)
    {
        var control = new TerminalControl { Before = "acc_1" };
        Become(control, control.OnJoin(_desk));
        Assert.Null(control.OnJoin(_phone));
        control.OnLeave(_desk, _now);
        if (control.Due(_now.AddSeconds(seconds)) is { } due) Become(control, due);
        Assert.Null(control.OnJoin(_other));
        Assert.Null(control.OnJoin(_phone with { MayControl = false }));
        Become(control, control.OnJoin(_phone));
        Assert.True(control.IsHeldBy(_phone));
        Become(control, control.OnTake(_desk, _now).Change);
        control.OnLeave(_desk, _now);
        Assert.Null(control.OnJoin(_phone));
    }

    [Fact]
    public void Who_asks_one_that_left_waits_no_longer_than_that()
    {
        Happens(_control.OnJoin(_desk));
        _control.OnLeave(_desk, _now);
        _now += TimeSpan.FromSeconds(10);
        Assert.Equal(ControlAnswer.Asked, _control.OnTake(_other, _now).Answer);
        _now += TimeSpan.FromSeconds(5);
        Happens(_control.Due(_now));
        Assert.True(_control.IsHeldBy(_other));
    }

    [Fact]
    public void Who_asked_and_left_is_asked_for_no_more()
    {
        Happens(_control.OnJoin(_desk));
        _control.OnTake(_other, _now);
        _control.OnLeave(_other, _now);
        Assert.Null(_control.Wish);
        Assert.Null(_control.Due(_now + TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void A_second_who_asks_does_not_push_out_the_first()
    {
        Happens(_control.OnJoin(_desk));
        _control.OnTake(_other, _now);
        Assert.Equal(ControlAnswer.Asked, _control.OnTake(LiveTerminalTests.Window("third", "acc_4"), _now).Answer);
        Assert.Equal("acc_2", _control.Wish!.Who.AccountId);
    }

    [Fact]
    public void Lost_rights_lose_it()
    {
        Happens(_control.OnJoin(_desk));
        Assert.Null(_control.OnLost(_phone));
        Happens(_control.OnLost(_desk));
        Assert.Null(_control.Holder);
    }

    private void Leaves(bool joins = true)
    {
        if (joins) Happens(_control.OnJoin(_desk));
        _control.OnLeave(_desk, _now);
        _now += TimeSpan.FromSeconds(15);
        Happens(_control.Due(_now));
    }

    private void Happens(ControlChange? change) => Become(_control, change);

    private void Become(TerminalControl control, ControlChange? change)
    {
        Assert.NotNull(change);
        control.Apply(change, isHere: true, _now);
    }
}

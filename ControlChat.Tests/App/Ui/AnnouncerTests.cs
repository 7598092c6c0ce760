using ControlChat.App.Ui;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class AnnouncerTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Messages_in_quick_succession_wait_two_seconds_and_are_spoken_together()
    {
        using var announcer = new Announcer(_time);
        announcer.Say("Answering.");
        announcer.Say("First sentence.");
        announcer.Say("Second sentence.");
        Assert.Equal("Answering.", announcer.Polite);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal("Answering.", announcer.Polite);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("First sentence. Second sentence.", announcer.Polite);
    }

    [Fact]
    public void A_flood_keeps_the_newest()
    {
        using var announcer = new Announcer(_time);
        for (var i = 0; i < 100; i++)
            announcer.Say($"{i}.");
        _time.Advance(Announcer.Pause);
        Assert.Equal("97. 98. 99.", announcer.Polite);
    }

    [Fact]
    public void The_same_words_twice_are_spoken_twice()
    {
        using var announcer = new Announcer(_time);
        announcer.Alert("A plan waits for you.");
        var first = announcer.Assertive;
        announcer.Alert("A plan waits for you.");
        Assert.NotEqual(first, announcer.Assertive);
        Assert.Equal(first, announcer.Assertive.TrimEnd('\u00a0'));
    }

    [Fact]
    public void An_alert_does_not_wait_its_turn()
    {
        using var announcer = new Announcer(_time);
        announcer.Say("Answering.");
        announcer.Alert("Not saved.");
        Assert.Equal("Not saved.", announcer.Assertive);
    }
}

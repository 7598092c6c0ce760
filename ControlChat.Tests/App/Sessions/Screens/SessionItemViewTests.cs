using Bunit;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Ui;
using ControlChat.Tests.App.Layout;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>What an agent wrote, as it is drawn.</summary>
public sealed class SessionItemViewTests
{
    private const string Hostile = "<img src=x onerror=alert(1)><script>alert(2)</script> [a](javascript:alert(3)) \u202Etxt";

    private static readonly SessionItem[] _items =
    [
        new SessionItem.Said("k", default, Hostile, Hostile, true, null),
        new SessionItem.Said("k", default, Hostile, Hostile, false, Hostile),
        new SessionItem.Answer("k", default, Hostile, false),
        new SessionItem.Reasoning("k", default, Hostile),
        new SessionItem.Command("k", default, Hostile, Hostile, Hostile, "failed", 1, 2),
        new SessionItem.Changes("k", default, "declined", [new SessionFile(Hostile, "update", Hostile, $"@@ -1 +1 @@\n-{Hostile}\n+{Hostile}\n")]),
        new SessionItem.Plan("k", default, Hostile, [new SessionStep(Hostile, "inProgress")]),
        new SessionItem.Tool("k", default, "failed", Hostile, Hostile, Hostile, Hostile, Hostile, 3),
        new SessionItem.Notice("k", default, Hostile, true),
        new SessionItem.Notice("k", default, Hostile, false),
        new SessionItem.Ended("k", default, Hostile, Hostile),
    ];

    [Fact]
    public void Hostile_text_is_text_wherever_it_stands()
    {
        foreach (var item in _items)
        {
            using var page = new ShellPage();
            var view = page.Render<SessionItemView>(p => p.Add(v => v.Item, item).Add(v => v.Clock, ReaderClock.Unknown));
            Assert.Empty(view.FindAll("img, script, iframe, [onerror], a[href^=javascript]"));
            Assert.DoesNotContain("\u202E", string.Concat(view.FindAll("*").Select(e => e.TextContent)), StringComparison.Ordinal);
            Assert.Contains("onerror", view.Markup, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_change_is_drawn_as_a_diff_and_a_fault_as_a_fault()
    {
        using var page = new ShellPage();
        var change = page.Render<SessionItemView>(p => p.Add(v => v.Item, new SessionItem.Changes("k", default, "completed", [new SessionFile("a.cs", "update", null, "@@ -1 +1 @@\n-old\n+new\n")])).Add(v => v.Clock, ReaderClock.Unknown));
        Assert.Equal(("-old", "+new"), (change.Find(".diff .m").TextContent, change.Find(".diff .p").TextContent));
        var fault = page.Render<SessionItemView>(p => p.Add(v => v.Item, new SessionItem.Notice("k", default, "401", true)).Add(v => v.Clock, ReaderClock.Unknown));
        Assert.Equal("The agent had a fault", fault.Find(".note.danger b").TextContent);
    }

    [Fact]
    public void What_was_not_sent_keeps_its_text_and_can_be_tried_again()
    {
        using var page = new ShellPage();
        SessionItem.Said? again = null;
        var said = new SessionItem.Said("r1", default, "Ada", "Go on.", false, "Frozen.");
        var view = page.Render<SessionItemView>(p => p.Add(v => v.Item, said).Add(v => v.Clock, ReaderClock.Unknown).Add(v => v.OnAgain, s => again = s));
        Assert.Contains("Not sent. Your text is still here.", view.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        view.FindAll("button").Single(b => b.TextContent == "Try again").Click();
        Assert.Same(said, again);
    }
}

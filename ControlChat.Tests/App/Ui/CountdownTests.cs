using Bunit;
using ControlChat.App.Ui;
using ControlChat.Tests.App.Layout;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class CountdownTests
{
    [Theory]
    [InlineData(822, "13:42")]
    [InlineData(5, "0:05")]
    [InlineData(3483, "58:03")]
    [InlineData(76320, "21 h 12 min")]
    [InlineData(0, "0:00")]
    [InlineData(-9, "0:00")]
    public void Time_left_is_written_as_people_read_it(int seconds, string text) => Assert.Equal(text, TimeLeft.Text(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void It_counts_speaks_three_times_turns_amber_and_ends_once()
    {
        using var page = new ShellPage();
        var spoken = new List<string>();
        var announcer = page.Services.GetRequiredService<Announcer>();
        announcer.Changed += () => spoken.Add(announcer.Polite);
        var ended = 0;
        var countdown = page.Render<Countdown>(p => p
            .Add(c => c.Until, page.Time.GetUtcNow().AddMinutes(15)).Add(c => c.Whole, TimeSpan.FromMinutes(15))
            .Add(c => c.Subject, "Archive 4 workspaces").Add(c => c.OnExpired, () => ended++));
        page.Time.Advance(TimeSpan.FromSeconds(78));
        countdown.WaitForAssertion(() => Assert.Equal("13:42", countdown.Find("b").TextContent));
        Assert.Contains("w90", countdown.Find(".bar").ClassList);
        Assert.Equal("off", countdown.Find("[role=timer]").GetAttribute("aria-live"));
        page.Time.Advance(TimeSpan.FromMinutes(12));
        countdown.WaitForAssertion(() => Assert.Contains("warn", countdown.Find(".bar").ClassList));
        page.Time.Advance(TimeSpan.FromMinutes(5));
        countdown.WaitForAssertion(() => Assert.Equal("0:00", countdown.Find("b").TextContent));
        Assert.Equal(1, ended);
        Assert.Equal(["Archive 4 workspaces: 5 minutes left.", "Archive 4 workspaces: 1 minute left.", "Archive 4 workspaces: expired."], spoken);
    }

    [Fact]
    public async Task Nothing_ticks_when_nothing_counts()
    {
        using var page = new ShellPage();
        page.Render<Countdown>(p => p.Add(c => c.Until, page.Time.GetUtcNow().AddMinutes(1)).Add(c => c.Subject, "x"));
        Assert.Equal(1, page.Time.Waiting);
        await page.DisposeComponentsAsync();
        Assert.Equal(0, page.Time.Waiting);
    }
}

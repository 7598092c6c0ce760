using Bunit;
using ControlChat.App.Approvals.Notices;
using ControlChat.Tests.App.Layout;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Notices;

public sealed class NoticeSwitchTests
{
    [Theory]
    [InlineData("on", "They are on in this browser.", "Turn off")]
    [InlineData("off", "They are off in this browser.", "Turn on")]
    [InlineData("refused", "The browser blocks them for this site.", null)]
    [InlineData("missing", "This browser shows no notifications of a page.", null)]
    public void The_setting_says_how_it_stands_in_this_browser_and_what_can_be_done(string state, string words, string? button)
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<string>("controlchat.notices.state").SetResult(state);
        var shown = page.Render<NoticeSwitch>();
        Assert.Contains(words, shown.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.Equal(button is null ? [] : [button], shown.FindAll("[data-notices]").Select(b => b.TextContent.Trim()));
    }

    [Fact]
    public async Task What_came_of_the_click_is_shown()
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<string>("controlchat.notices.state").SetResult("off");
        var settled = page.JSInterop.Setup<string>("controlchat.notices.settled");
        var shown = page.Render<NoticeSwitch>();
        var click = shown.Find("[data-notices]").ClickAsync();
        settled.SetResult("on");
        await click;
        Assert.Contains("They are on in this browser.", shown.Find("[role=status]").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("refused")]
    [InlineData("missing")]
    public void The_line_offers_nothing_that_is_there_or_cannot_be(string state)
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<string>("controlchat.notices.state").SetResult(state);
        Assert.Equal("", page.Render<NoticeSwitch>(p => p.Add(s => s.Line, true)).Markup.Trim());
    }

    [Theory]
    [InlineData("on", "Settings turns it off.")]
    [InlineData("refused", "Allow notifications in its settings for this site")]
    [InlineData("missing", "This browser shows no notifications of a page.")]
    public async Task The_line_says_what_came_of_its_click(string came, string words)
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<string>("controlchat.notices.state").SetResult("off");
        page.JSInterop.Setup<string>("controlchat.notices.settled").SetResult(came);
        var line = page.Render<NoticeSwitch>(p => p.Add(s => s.Line, true));
        // There before it says anything: what comes with its words already in it is not read out.
        Assert.Equal("", line.Find("[role=status]").TextContent);
        await line.Find("[data-notices]").ClickAsync();
        Assert.Contains(words, line.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.Empty(line.FindAll("[data-notices]"));
        // The focus was on the button.
        page.JSInterop.VerifyFocusAsyncInvoke();
    }

    [Fact]
    public async Task A_button_that_stays_keeps_the_focus()
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<string>("controlchat.notices.state").SetResult("off");
        page.JSInterop.Setup<string>("controlchat.notices.settled").SetResult("off");
        foreach (var line in new[] { true, false })
        {
            var shown = page.Render<NoticeSwitch>(p => p.Add(s => s.Line, line));
            await shown.Find("[data-notices]").ClickAsync();
            Assert.NotEmpty(shown.FindAll("[data-notices]"));
        }
        page.JSInterop.VerifyNotInvoke("Blazor._internal.domWrapper.focus");
    }
}

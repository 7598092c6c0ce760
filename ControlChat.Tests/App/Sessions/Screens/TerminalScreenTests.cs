using Bunit;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Ui;
using ControlChat.Core.Sessions;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>The terminal's page as far as it is drawn without its script.</summary>
public sealed class TerminalScreenTests
{
    [Fact]
    public void A_terminal_has_three_views_and_a_chat_two_each_with_its_address()
    {
        Assert.Equal(["/sessions/s", "/sessions/s?view=transcript", "/sessions/s?view=details"], SessionTabs.For(View(SessionMode.Terminal)).Select(t => t.Href));
        Assert.Equal(["/sessions/s", "/sessions/s?view=transcript"], SessionTabs.For(View(SessionMode.Chat)).Select(t => t.Href));
        Assert.Equal(SessionTab.Terminal, SessionTabs.Of(null, SessionMode.Terminal));
        Assert.Equal(SessionTab.Details, SessionTabs.Of("details", SessionMode.Terminal));
        Assert.Equal(SessionTab.Chat, SessionTabs.Of("details", SessionMode.Chat));
        Assert.Equal(SessionTab.Transcript, SessionTabs.Of("transcript", SessionMode.Chat));
    }

    [Fact]
    public void A_hub_that_was_built_without_npm_knows_it_and_says_how_to_have_the_terminal()
    {
        Assert.False(new ConsoleBundle(new Place(new NullFileProvider())).IsBuilt);
        using var page = new ShellPage();
        var note = page.Render<TerminalMissing>().Find("[role=status]").TextContent;
        Assert.Contains("without the terminal", note, StringComparison.Ordinal);
        Assert.Contains("Install npm", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hub_that_was_built_with_npm_has_the_scripts()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["console"]);
        File.WriteAllText(folder["console/console.js"], "export {};");
        using var files = new PhysicalFileProvider(folder.Path);
        Assert.True(new ConsoleBundle(new Place(files)).IsBuilt);
    }

    [Fact]
    public void Control_that_comes_and_goes_and_a_wish_for_it_are_spoken()
    {
        using var announcer = new Announcer(new FakeTime());
        var voice = new TerminalVoice(announcer);
        voice.Hear(new TerminalSight("live", false, null));
        Assert.Equal("", announcer.Polite);
        voice.Hear(new TerminalSight("live", true, null));
        Assert.Equal("You are in control of the terminal.", announcer.Polite);
        voice.Hear(new TerminalSight("live", true, "Jonas"));
        Assert.Contains("Jonas asks for control", announcer.Assertive, StringComparison.Ordinal);
    }

    private static SessionView View(string mode) =>
        new("s", "w", "o", mode, "default", SessionState.Running, null, null, null, null, null, default, null, null, null, null, 0, null, 0, new SessionUsage(0, 0, null));

    private sealed class Place(IFileProvider files) : IWebHostEnvironment
    {
        public string WebRootPath { get; set; } = "";

        public IFileProvider WebRootFileProvider { get; set; } = files;

        public string ApplicationName { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = files;

        public string ContentRootPath { get; set; } = "";

        public string EnvironmentName { get; set; } = "";
    }
}

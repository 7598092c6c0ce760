using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.Journeys.Terminals;
using ControlChat.SampleParent;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Embedding;

/// <summary>A terminal that runs for real, in the page of the sample parent: watched, then typed into, then ended; and taken up again by itself when its hub was killed.</summary>
public sealed class LiveEmbedJourney(Browser browser)
{
    private static readonly LocatorAssertionsToContainTextOptions _patient = new() { Timeout = 60_000 };

    [Fact(Timeout = EmbedJourney.Limit)]
    public Task An_application_watches_a_shell_types_into_it_and_ends_it() => VisitAsync("pty", ["bash", "--norc"], async (bed, visit, session) =>
    {
        var (page, frame) = (visit.Page, Frame(visit));
        await Expect(page.Locator("[data-state]")).ToHaveTextAsync("running", new() { Timeout = 60_000 });
        await Expect(frame.GetByText("You are watching.")).ToBeVisibleAsync();
        await using (var owner = await OwnerAsync(bed, session)) await owner.TypeAsync("echo typed-by-the-owner-$((40+2))\n");
        await Expect(frame.Locator(".xterm-rows")).ToContainTextAsync("typed-by-the-owner-42", _patient);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in to control" }).ClickAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
        await Expect(frame.GetByText("You are typing.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await frame.Locator(".xterm-helper-textarea").PressSequentiallyAsync("echo typed-in-the-frame-$((6*7))");
        await frame.Locator(".xterm-helper-textarea").PressAsync("Enter");
        await Expect(frame.Locator(".xterm-rows")).ToContainTextAsync("typed-in-the-frame-42", _patient);
        // The record is a moment behind the screen.
        Assert.True(await Soon.HoldsAsync(async () =>
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Transcript", Exact = true }).ClickAsync();
            await page.Locator("[data-answer][data-of=request-transcript]").WaitForAsync();
            return (await page.Locator("[data-answer]").InnerTextAsync()).Contains("typed-in-the-frame-42", StringComparison.Ordinal);
        }));
        await visit.ShotsAsync("embed-live");
        await page.GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
        await Expect(page.Locator("[data-event=session-ended]")).ToContainTextAsync("stopped", _patient);
        Assert.True(await Soon.HoldsAsync(async () => await bed.StateAsync(session) == "ended", TimeSpan.FromSeconds(30)));
        Assert.Empty(ProcessList.With(Path.Combine(bed.Hub.DataDirectory, "agents", session)));
    });

    // No circuit of a page loads a frame again: what it shows is what it saw.
    [Theory(Timeout = EmbedJourney.Limit)]
    [InlineData("tmux")]
    [InlineData("pty")]
    public Task A_frame_whose_hub_was_killed_shows_the_record_to_the_last_cell(string host) => VisitAsync(host, Painting.Command, async (bed, visit, session) =>
    {
        visit.Expect("WebSocket|ERR_|status of|Failed to");
        await Expect(Frame(visit).Locator(".xterm-rows")).ToContainTextAsync("strong faint", _patient);
        await Painting.MoreAsync(bed, 60);
        await bed.Hub.KillAsync();
        await bed.Hub.StartAgainAsync();
        if (host == "tmux")
        {
            await Painting.MoreAsync(bed, 60);
            await Painting.PauseAsync(bed);
        }
        else
        {
            await Expect(visit.Page.Locator("[data-event=session-ended]")).ToContainTextAsync("worker_lost", _patient);
        }
        var lived = visit.Page.Frames.Single(f => f != visit.Page.MainFrame);
        await browser.VisitAsync(await bed.SiteAsync(), async other =>
        {
            await Emulator.KeepAsync(other);
            await TerminalPage.OpenAsync(other, session, inControl: false);
            await Emulator.SameAsync(() => Emulator.ReadAsync(lived), () => Emulator.ReadAsync(other.Page));
        });
    });

    private async Task VisitAsync(string host, string[] command, Func<TerminalHub, Visit, string, Task> steps)
    {
        var port = FreePort();
        var origin = string.Create(CultureInfo.InvariantCulture, $"http://desk.localhost:{port}");
        await using var bed = await TerminalHub.StartAsync(("Sessions:Terminal:Host", host), ("Embed:Origins:0", origin), ("Embed:Capabilities:0:Origin", origin),
            ("Embed:Capabilities:0:Allow:0", "transcript"), ("Embed:Capabilities:0:Allow:1", "control"));
        await Painting.PrepareAsync(bed);
        var session = await bed.BeginAsync(command);
        await using var parent = await SampleParentServer.StartAsync(new SampleParentSettings(bed.Hub.Url, bed.Token, session, port, "desk.localhost"));
        await browser.VisitAsync(new Site(parent.Url, new Uri(parent.Link), bed.Hub.Tail, bed.Hub.Broken), async visit =>
        {
            visit.Expect("another origin: (http|ws)://127");
            await Emulator.KeepAsync(visit);
            await visit.Page.GotoAsync(parent.Link);
            await steps(bed, visit, session);
        }, new VisitOptions { SignIn = false });
    }

    private static IFrameLocator Frame(Visit visit) => visit.Page.FrameLocator("iframe[title=Session]");

    private static async Task<TerminalStream> OwnerAsync(TerminalHub bed, string session)
    {
        var site = await bed.SiteAsync();
        using var person = await HubClient.SignInAsync(bed.Hub, site.Link);
        var stream = await TerminalStream.OpenAsync(person, bed.Hub.Url, session);
        await stream.UntilAsync(frame => frame["you_control"]?.GetValue<bool>() == true);
        return stream;
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}

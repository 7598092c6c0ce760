using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Terminals.TerminalPage;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>
/// A terminal in full flow whose network is cut and whose hub is restarted: it comes back without a hand, and its screen is then the one that a fresh page
/// makes of the record, to the last cell.
/// </summary>
public sealed class LostTerminalJourney(Browser browser)
{
    private const string Lost = "^503 |status of (503|502)|WebSocket|Failed to fetch|ERR_|net::|Connection disconnected|negotiat|Connection closed|_blazor";

    [Fact]
    public async Task A_screen_that_lost_its_network_is_the_record_to_the_last_cell()
    {
        await using var proxy = new TcpProxy();
        await using var bed = await BeginAsync(("Hub:PublicUrl", proxy.Url));
        proxy.LeadTo(bed.Hub);
        var session = await bed.BeginAsync(Painting.Command);
        await VisitAsync(await AtAsync(bed, proxy), session, async visit =>
        {
            await visit.Page.EvaluateAsync("globalThis.lived = true");
            await visit.Context.SetOfflineAsync(true);
            await Expect(visit.Page.GetByText("Offline. Showing the record up to").First).ToBeVisibleAsync();
            await Painting.MoreAsync(bed, 200);
            // For so long that nobody is in control any more.
            proxy.CutWebSockets();
            await using (var watching = await TerminalStream.OpenAsync(bed.Owner, bed.Hub.Url, session))
                await watching.UntilAsync(frame => frame["t"]!.GetValue<string>() == "state" && frame["controller"] is null, TimeSpan.FromMinutes(1));
            await visit.Context.SetOfflineAsync(false);
            await InControlAsync(visit.Page);
            await visit.ResizeAsync(1000, 700);
            await Painting.MoreAsync(bed, 50);
            var dice = new Random(7);
            for (var i = 0; i < 6; i++)
            {
                proxy.CutWebSocket(dice);
                await Painting.MoreAsync(bed, 40);
            }
            await visit.ResizeAsync(1280, 800);
            await InControlAsync(visit.Page);
            // Nobody loaded it again.
            Assert.True(await visit.Page.EvaluateAsync<bool>("globalThis.lived === true"));
            await Painting.PauseAsync(bed);
            await SameAsync(await AtAsync(bed, proxy), visit.Page, session);
        });
    }

    [Theory]
    [InlineData("pty", false)]
    [InlineData("pty", true)]
    [InlineData("tmux", false)]
    [InlineData("tmux", true)]
    public async Task A_screen_whose_hub_was_restarted_is_the_record_to_the_last_cell(string host, bool killed)
    {
        await using var bed = await BeginAsync(("Sessions:Terminal:Host", host));
        var session = await bed.BeginAsync(Painting.Command);
        await VisitAsync(await bed.SiteAsync(), session, async visit =>
        {
            await Painting.MoreAsync(bed, 100);
            if (killed) await bed.Hub.KillAsync();
            else await bed.Hub.StopAsync();
            // Its worker tells the end of a terminal that is its own, if it can.
            if (killed || host == "tmux") await Expect(visit.Page.GetByText("Connection lost. Showing the record up to").First).ToBeVisibleAsync(Visible);
            await bed.Hub.StartAgainAsync();
            if (host == "tmux")
            {
                await InControlAsync(visit.Page);
                await Painting.MoreAsync(bed, 50);
                await Painting.PauseAsync(bed);
            }
            else
            {
                await EndedAsync(visit.Page);
                await Expect(visit.Page.GetByText("The hub was restarted, and the terminal with it.").First).ToBeVisibleAsync(Visible);
            }
            await SameAsync(await bed.SiteAsync(), visit.Page, session);
            await visit.ShotsAsync($"terminal-restarted-{host}");
        });
    }

    private static async Task<TerminalHub> BeginAsync(params (string, string)[] settings)
    {
        var bed = await TerminalHub.StartAsync(settings);
        await Painting.PrepareAsync(bed);
        return bed;
    }

    private Task VisitAsync(Site site, string session, Func<Visit, Task> steps) => browser.VisitAsync(site, async visit =>
    {
        visit.Expect(Lost);
        await Emulator.KeepAsync(visit);
        await OpenAsync(visit, session);
        await SeesAsync(visit.Page, "strong faint");
        await steps(visit);
    });

    private static async Task<Site> AtAsync(TerminalHub bed, TcpProxy proxy)
    {
        var site = await bed.SiteAsync();
        return site with { Url = proxy.Url, Link = new Uri(new Uri(proxy.Url), site.Link.PathAndQuery) };
    }

    // The same session in a browser that has not seen it before.
    private async Task SameAsync(Site site, IPage lived, string session) => await browser.VisitAsync(site, async visit =>
    {
        await Emulator.KeepAsync(visit);
        await OpenAsync(visit, session, inControl: false);
        await Emulator.SameAsync(() => Emulator.ReadAsync(lived), () => Emulator.ReadAsync(visit.Page));
    });
}

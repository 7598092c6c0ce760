using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>WCAG 2.2 A and AA by axe, on every page and on what opens over it, in both themes, at a desk and on a phone.</summary>
public sealed class AccessibilityJourney(Browser browser)
{
    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task Axe_finds_nothing_on_any_page_nor_on_what_opens_over_it(int width)
    {
        await using var hub = await FurnishedHub.MakeAsync();
        var faults = new List<string>();
        await hub.VisitAsync(browser, new VisitOptions(Width: width, Height: 800, Touch: width < 720), async visit =>
        {
            foreach (var place in hub.Pages.Concat(hub.Overlays).Where(place => place.IsAt(width)))
            {
                try
                {
                    await place.GoAsync(visit);
                    faults.AddRange(await JudgeAsync(visit, place.ToString()));
                }
                catch (Exception e) when (e is PlaywrightException or TimeoutException)
                {
                    faults.Add($"{place} did not open: {e.Message.Split('\n')[0]}");
                }
            }
        });
        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct()));
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(320)]
    public async Task Axe_finds_nothing_where_nobody_is_signed_in(int width)
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["SignIn:Password"] = "true",
            ["SignIn:Providers:0:Name"] = "Microsoft Entra ID",
            ["SignIn:Providers:0:Authority"] = "http://127.0.0.1:9",
            ["SignIn:Providers:0:ClientId"] = "hub",
            ["Embed:Origins:0"] = "https://desk.example",
        });
        var faults = new List<string>();
        await browser.VisitAsync(hub, async visit =>
        {
            visit.Expect("status of (400|401|403|404|410|422|503)");
            foreach (var path in (string[])["/signin", "/signin?forgotten=1", "/signin?failed=no_rule", "/login?t=unknown", "/set-password", "/open-link", "/nothing-of-this-name", "/css/nothing.css", "/offline/terminal", "/embed/sessions/ags_1"])
            {
                await visit.Page.GotoAsync(visit.Site.Url + path);
                await visit.Page.Locator("main:visible").First.WaitForAsync();
                faults.AddRange(await JudgeAsync(visit, path));
                // Such a page may be longer than its window, and scrolls as a whole.
                faults.AddRange((await ScreenRules.OverflowAsync(visit.Page)).Where(fault => !fault.Contains("too tall", StringComparison.Ordinal)).Select(fault => $"{path}: {fault}"));
                if (width < 720) faults.AddRange((await ScreenRules.SmallTargetsAsync(visit.Page)).Select(fault => $"{path}: {fault}"));
            }
        }, new VisitOptions(Width: width, Height: 800, Touch: width < 720, SignIn: false));
        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct()));
    }

    // The judge is only worth something when it notices, under the page's own content policy.
    [Theory]
    [InlineData("<button id=made></button>", "button-name")]
    [InlineData("<input id=made>", "label")]
    [InlineData("<p id=made>faint</p>", "color-contrast")]
    public async Task A_breach_is_noticed(string markup, string rule)
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await visit.Page.EvaluateAsync("(markup) => { document.querySelector('main').insertAdjacentHTML('beforeend', markup); const made = document.getElementById('made'); made.style.color = '#999'; made.style.background = '#aaa'; }", markup);
            Assert.Contains(await Axe.FaultsAsync(visit.Page), fault => fault.StartsWith(rule, StringComparison.Ordinal));
            if (rule == "color-contrast") Assert.Contains(await Axe.ColoursAsync(visit.Page), fault => fault.Contains("#made", StringComparison.Ordinal));
        });
    }

    private static async Task<List<string>> JudgeAsync(Visit visit, string name)
    {
        var faults = new List<string>();
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await visit.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", scheme == ColorScheme.Dark ? "dark" : "light");
            faults.AddRange((await Axe.FaultsAsync(visit.Page)).Select(fault => $"{name}, {scheme}: {fault}"));
        }
        return faults;
    }
}

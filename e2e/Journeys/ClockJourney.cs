using System.Globalization;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Times as the reader's wall clock shows them, and in UTC by one switch that goes with the person.</summary>
public sealed class ClockJourney(Browser browser)
{
    // Always a quarter of an hour off, summer and winter: no hour of it is one of UTC.
    private const string Zone = "Asia/Kathmandu";

    [Fact]
    public async Task Times_are_the_readers_and_utc_by_the_switch_everywhere_without_a_reload()
    {
        await using var hub = await HubProcess.StartAsync();
        var storage = "";
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/audit");
            Assert.Equal(Zone, await ShownAsync(page));
            await page.EvaluateAsync("() => { window.sameDocument = true; }");
            await page.Locator(".nav [data-clock]").ClickAsync();
            await Expect(page.Locator(".nav [data-clock]")).ToContainTextAsync("UTC");
            Assert.Equal("UTC", await ShownAsync(page));
            // The chip of this page has nothing to add.
            await Expect(page.Locator(".toolbar a.chip", new() { HasTextString = "Local time" })).ToHaveCountAsync(0);
            await page.Locator(".nav a[data-go=l]").ClickAsync();
            // The page before shows its times until this one is there.
            await Expect(page.Locator("[data-ui=logs-filters]")).ToBeVisibleAsync();
            Assert.Equal("UTC", await ShownAsync(page));
            Assert.True(await page.EvaluateAsync<bool>("() => window.sameDocument === true"));
            await page.ReloadAsync();
            await visit.ReadyAsync();
            await Expect(page.Locator(".nav [data-clock]")).ToContainTextAsync("UTC");
            storage = await visit.StorageAsync();
        }, new VisitOptions(Zone: Zone));
        // Another browser of the same person, on a phone: only the sign-in comes along.
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await page.GotoAsync(hub.Url + "/signin");
            await page.EvaluateAsync("() => localStorage.clear()");
            await visit.Context.ClearCookiesAsync(new() { Name = "cc_zone" });
            await visit.GoAsync("/settings");
            await page.Locator(".tabbar [data-opens=more]").ClickAsync();
            await Expect(page.Locator("#more").GetByRole(AriaRole.Button, new() { Name = "UTC", Pressed = true })).ToBeVisibleAsync();
            await page.Locator("#more").GetByRole(AriaRole.Button, new() { Name = "Local time" }).ClickAsync();
            await Expect(page.Locator("#more").GetByRole(AriaRole.Button, new() { Name = "Local time", Pressed = true })).ToBeVisibleAsync();
            await visit.GoAsync("/logs");
            Assert.Equal(Zone, await ShownAsync(page));
            // The setting is the same switch.
            await visit.GoAsync("/settings");
            var row = page.Locator("[data-setting='Ui:Clock']");
            await row.GetByRole(AriaRole.Combobox).SelectOptionAsync("UTC");
            await row.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(row.Locator("[data-outcome=completed] time, [data-outcome=completed]").First).ToBeVisibleAsync();
            await Expect(page.Locator(".nav [data-clock]")).ToContainTextAsync("UTC");
        }, new VisitOptions(Width: 390, Zone: Zone, SignIn: false, StorageState: storage));
    }

    /// <summary>In which of the two every time of the page stands; each says exactly when it was.</summary>
    private static async Task<string> ShownAsync(IPage page)
    {
        // What a list shows comes after its page, and may be drawn anew between two looks: it is read in one.
        string[][] times = [];
        await Soon.HoldsAsync(async () =>
        {
            times = await page.EvaluateAsync<string[][]>("() => [...document.querySelectorAll('main time')].filter((time) => /[0-9]:[0-9]/.test(time.textContent)).map((time) => [time.dateTime, time.title, time.textContent])");
            return times.Length > 0;
        });
        Assert.NotEmpty(times);
        var zones = new HashSet<string>();
        foreach (var time in times)
        {
            var at = DateTimeOffset.Parse(time[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            Assert.Equal(at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture), time[1]);
            var local = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(Zone));
            zones.Add(time[2].Contains(local.ToString("HH:mm", CultureInfo.InvariantCulture), StringComparison.Ordinal) ? Zone : time[2].Contains(at.ToUniversalTime().ToString("HH:mm", CultureInfo.InvariantCulture), StringComparison.Ordinal) ? "UTC" : time[2]);
        }
        return Assert.Single(zones);
    }
}

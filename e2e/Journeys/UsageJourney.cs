using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>What was used, as an admin sees it: figures, charts and tables by day, person, token and tool, on a desk and on a phone, and as a file.</summary>
public sealed partial class UsageJourney(Browser browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };

    [Fact]
    public async Task What_was_used_is_shown_and_taken_along()
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Limits:TokensPerDay"] = "500000" });
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            // The first page of all asks the hub something itself: days before it.
            await visit.GoAsync("/usage?from=2026-03-01&to=2026-03-07");
            await Expect(page.GetByText("Nothing was used in these days")).ToBeVisibleAsync();
            await Expect(page.GetByText("Today you used 0 of 500,000 tokens")).ToBeVisibleAsync();
            await visit.ShotsAsync("usage-empty");

            await UseAsync(hub);
            await visit.GoAsync("/usage?by=tool");
            Assert.True(await Soon.HoldsAsync(async () =>
            {
                await page.ReloadAsync();
                await visit.ReadyAsync();
                return await page.Locator("[data-item='unknown']").CountAsync() == 1;
            }, TimeSpan.FromSeconds(30)), "nothing was counted");
            await visit.GoAsync("/usage");
            await Expect(page.Locator(".figures dd").Nth(3)).ToHaveTextAsync("errors: 1");
            await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = Calls() })).ToBeVisibleAsync();
            await Expect(page.Locator("[data-list='usage'] [data-item]")).ToHaveCountAsync(30);
            await visit.ShotsAsync("usage");

            await ByToolAsync(visit);
            await ByPersonAsync(visit);
            await TakeAlongAsync(visit);

            // On a phone it is under More.
            await visit.ResizeAsync(360, 740);
            await visit.GoAsync("/");
            await page.Locator(".tabbar [data-opens=more]").ClickAsync();
            await page.Locator("#more [data-ui=nav-usage]").ClickAsync();
            await Expect(page.Locator(".figures")).ToBeVisibleAsync(_patient);
        });
    }

    private static async Task ByToolAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Tools", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-item='workspace.create']")).ToContainTextAsync("3");
        await Expect(page.Locator("[data-item='unknown']")).ToContainTextAsync("1");
        await visit.ShotsAsync("usage-tools", "[data-list='usage']");
        await page.GetByLabel("Order").SelectOptionAsync("Errors");
        await Expect(page).ToHaveURLAsync(ByErrors());
        await Expect(page.Locator("[data-item]").First).ToContainTextAsync("unknown");
    }

    private static async Task ByPersonAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "People", Exact = true }).ClickAsync();
        var person = page.Locator("[data-list='usage'] [data-item] a");
        await visit.ShotsAsync("usage-people", "[data-list='usage']");
        await person.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "API tokens", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-list='usage']")).ToContainTextAsync("usage-bot");
        await page.ReloadAsync();
        await Expect(page.Locator("[data-list='usage']")).ToContainTextAsync("usage-bot", new() { Timeout = 30_000 });
    }

    private static async Task TakeAlongAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/usage?by=person&last=7");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "CSV" }).ClickAsync());
        await using var file = await download.CreateReadStreamAsync();
        using var reader = new StreamReader(file);
        var lines = (await reader.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("key,name,runs,", lines[0], StringComparison.Ordinal);
        await visit.GoAsync("/audit?event=usage.exported");
        await Expect(page.Locator("[data-list='audit'] [data-item]")).ToHaveCountAsync(1);
    }

    private static async Task UseAsync(HubProcess hub)
    {
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "usage-bot", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var bot = HubClient.WithToken(hub.Url, token.Trim());
        foreach (var title in (string[])["one", "two", "three"]) Assert.Equal(200, (await bot.CallAsync("workspace.create", new JsonObject { ["title"] = title })).Status);
        for (var i = 0; i < 5; i++) Assert.Equal(200, (await bot.CallAsync("workspace.list", [])).Status);
        Assert.Equal(404, (await bot.CallAsync("no.such.tool", [])).Status);
    }

    [GeneratedRegex("Tool calls per day, 30 days. done: [0-9]+, errors: 1. Highest")]
    private static partial Regex Calls();

    [GeneratedRegex(@"/usage\?by=tool&sort=errors$")]
    private static partial Regex ByErrors();
}

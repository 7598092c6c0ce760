using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Browsing.Person;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>From a field of a workspace to who made it so, to the message that led to it, and back by Undo; and what it was like before.</summary>
public abstract class TrailJourney(Browser browser, Func<IReadOnlyDictionary<string, string>?, Task<HubProcess>> start)
{
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };

    [Fact]
    public async Task A_value_leads_to_its_message_and_is_undone_from_its_trail()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            await TalkAsync(visit.Page);
            var receipts = visit.Page.Locator(".card.receipt");
            // The conversation still scrolls to its end: a click may miss what moves, a key does not.
            await receipts.Nth(1).GetByRole(AriaRole.Link, new() { Name = "History", Exact = true }).PressAsync("Enter");
            await Expect(visit.Page.Locator(".trail > li").First).ToContainTextAsync("Renamed", new() { Timeout = 30_000 });
            await visit.ShotsAsync("trail-page");
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Open the workspace" }).ClickAsync();
            await LeadToTheMessageAsync(visit);
            await UndoAsync(visit);
            await LookBackAsync(visit);
            await SettingAsync(visit);
        });
    }

    private static async Task TalkAsync(IPage page)
    {
        await SayAsync(page, "Create a workspace called river");
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await SayAsync(page, "Rename river to brook");
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(2, new() { Timeout = 30_000 });
        await SayAsync(page, "Archive brook");
        await Approving.ApproveAsync(page.Locator("[data-waits] .plan"));
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(3, new() { Timeout = 30_000 });
    }

    private static async Task LeadToTheMessageAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "History of the state" }).ClickAsync();
        var newest = page.Locator("dialog[open] .trail > li").First;
        await Expect(newest).ToContainTextAsync("Archived", new() { Timeout = 30_000 });
        await Expect(newest).ToContainTextAsync("approved by you");
        await Expect(newest).ToContainTextAsync("Archive brook");
        await visit.ShotsAsync("trail-state");
        var message = newest.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("river") }).First;
        Assert.Matches("^/c/.+#m-[0-9]+$", await message.GetAttributeAsync("href"));
        await message.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/c/.+#m-[0-9]+$"));
        await Expect(page.Locator(".msg.me .prose", new() { HasTextString = "Archive brook" })).ToBeVisibleAsync(_patient);
        await page.GoBackAsync();
        await visit.ReadyAsync();
    }

    private static async Task UndoAsync(Visit visit)
    {
        var page = visit.Page;
        // By the keyboard alone.
        await page.GetByRole(AriaRole.Button, new() { Name = "History of the state" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var trail = page.Locator("dialog[open] .trail > li");
        await trail.First.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(trail.First).ToContainTextAsync("Undone: Unarchived", new() { Timeout = 30_000 });
        await visit.ShotsAsync("trail-undone");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("aside .state", new() { HasTextString = "Active" })).ToBeVisibleAsync(_patient);
        await page.GetByRole(AriaRole.Button, new() { Name = "History of the title" }).ClickAsync();
        await Expect(trail.First).ToContainTextAsync("It cannot be undone as it was. Changed since: the state, by", new() { Timeout = 30_000 });
        await visit.ShotsAsync("trail-title");
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task LookBackAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "As it was on" }).ClickAsync();
        var dialog = page.Locator("dialog[open]");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(dialog.Locator(".past")).ToBeVisibleAsync(_patient);
        await visit.ShotsAsync("trail-past");
        await dialog.GetByLabel("As it was on").FillAsync("2020-01-01T08:00");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(dialog.Locator(".past")).ToContainTextAsync("It was not there then.", new() { Timeout = 30_000 });
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task SettingAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/settings");
        var row = page.Locator("[data-setting='Ui:PageSize']");
        await row.GetByRole(AriaRole.Textbox).FillAsync("25");
        await row.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(row.Locator("[data-outcome=completed]")).ToBeVisibleAsync(_patient);
        await row.GetByRole(AriaRole.Button, new() { Name = "History of Ui:PageSize" }).ClickAsync();
        await Expect(page.Locator("dialog[open] .trail > li").First).ToContainTextAsync("50", new() { Timeout = 30_000 });
        await visit.ShotsAsync("trail-setting");
    }
}

public sealed class TrailOnSqliteJourney(Browser browser) : TrailJourney(browser, settings => HubProcess.StartAsync(settings));

public sealed class TrailOnPostgresAndRedisJourney(Browser browser, TeamStore store) : TrailJourney(browser, store.StartAsync);

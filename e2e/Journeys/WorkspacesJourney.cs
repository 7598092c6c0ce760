using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>The Workspaces page by hand: everything it changes goes through the gate and leaves a receipt or a plan.</summary>
public sealed class WorkspacesJourney(Browser browser)
{
    [Fact]
    public async Task A_person_makes_renames_tags_finds_and_puts_away_workspaces()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/workspaces");
            await Expect(page.GetByText("No workspaces yet")).ToBeVisibleAsync();
            await visit.ShotsAsync("workspaces-empty");

            await CreateAsync(page, "river-gauge-api", "api, 2026");
            await Expect(page.Locator("[data-outcome=completed]")).ToContainTextAsync("Create workspace 'river-gauge-api'");
            foreach (var title in (string[])["snowpack-ensemble", "thesis-chapter-4", "lidar-tiles-north", "demo-march"]) await CreateAsync(page, title, "2026");
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(5);

            await RenameAndDeleteAsync(visit, page);
            await FindAsync(visit, page);
            await SelectAsync(visit, page);
        });
    }

    [Fact]
    public async Task An_owner_starts_and_stops_a_host_and_is_told_what_stands_in_the_way()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/workspaces");
            await CreateAsync(page, "river-gauge", "2026");
            await page.GetByRole(AriaRole.Link, new() { Name = "river-gauge", Exact = true }).ClickAsync();
            var host = page.Locator("[data-part=host]");
            await host.GetByLabel("Size of the host").SelectOptionAsync("medium");
            await host.GetByRole(AriaRole.Button, new() { Name = "Start host" }).ClickAsync();
            await Expect(page.Locator("[data-outcome=confirmation_required]")).ToContainTextAsync("€ 0.00 an hour");
            await visit.ShotsAsync("workspaces-host");
            await ApproveAsync(page);
            await Expect(host).ToContainTextAsync("on", new() { Timeout = 60_000 });
            await page.GetByRole(AriaRole.Complementary).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Stop it first");
            await page.GetByRole(AriaRole.Button, new() { Name = "Close this note" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Close this card" }).ClickAsync();
            await host.GetByRole(AriaRole.Button, new() { Name = "Stop host" }).ClickAsync();
            await ApproveAsync(page);
            await Expect(host.GetByRole(AriaRole.Button, new() { Name = "Start host" })).ToBeVisibleAsync(new() { Timeout = 60_000 });

            await page.GetByRole(AriaRole.Button, new() { Name = "Add person" }).ClickAsync();
            await page.GetByLabel("E-mail address they sign in with").FillAsync("nobody@example.org");
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no account with this id or e-mail address here.");
        });
    }

    // Approve is inert for a moment after it appeared; then it is armed.
    private static async Task ApproveAsync(IPage page)
    {
        var armed = page.Locator("[data-approve][data-armed=true]:not([aria-disabled])");
        await Expect(armed).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await armed.ClickAsync();
    }

    private static async Task RenameAndDeleteAsync(Visit visit, IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "river-gauge-api", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Complementary).GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
        await page.GetByLabel("Title", new() { Exact = true }).FillAsync("river-gauge");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Rename" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "river-gauge", Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).First.ClickAsync();
        await Expect(page.GetByText("Undone at")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "river-gauge-api", Exact = true })).ToBeVisibleAsync();
        await visit.ShotsAsync("workspaces-detail");

        await page.GetByRole(AriaRole.Complementary).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        var waits = page.Locator("[data-outcome=confirmation_required]");
        await Expect(waits).ToContainTextAsync("Move 'river-gauge-api' to the trash");
        await Expect(waits.GetByRole(AriaRole.Link, new() { Name = "Approvals", Exact = true })).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/approvals/apr_"));
        await waits.GetByRole(AriaRole.Button, new() { Name = "Close this card" }).ClickAsync();
        await page.GetByRole(AriaRole.Complementary).GetByRole(AriaRole.Link, new() { Name = "Close" }).ClickAsync();
    }

    private static async Task FindAsync(Visit visit, IPage page)
    {
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search workspaces" }).FillAsync("TILES");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?text=TILES$"));
        await page.ReloadAsync();
        await visit.ReadyAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await visit.GoAsync("/workspaces");
    }

    private static async Task SelectAsync(Visit visit, IPage page)
    {
        await page.Locator("body").PressAsync("j");
        await page.Keyboard.PressAsync("x");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Shift+X");
        await Expect(page.GetByText("3 selected")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pin", Exact = true }).ClickAsync();
        await Expect(page.GetByTitle("Pinned")).ToHaveCountAsync(3);
        await visit.ShotsAsync("workspaces");
    }

    private static async Task CreateAsync(IPage page, string title, string tags)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "New workspace" }).First.ClickAsync();
        await page.GetByLabel("Title").FillAsync(title);
        await page.GetByLabel("Tags, with commas between").FillAsync(tags);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(page.Locator("tbody").GetByText(title)).ToBeVisibleAsync();
    }
}

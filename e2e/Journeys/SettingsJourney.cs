using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Settings and Logs by hand: what is changed holds at once or waits for its approval, and what the hub did can be read.</summary>
public sealed class SettingsJourney(Browser browser)
{
    [Fact]
    public async Task A_person_changes_settings_makes_a_token_and_reads_the_log()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/settings");
            await page.GetByLabel("Ui:Theme", new() { Exact = true }).SelectOptionAsync("dark");
            await Row(page, "Ui:Theme").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(Row(page, "Ui:Theme").Locator("[data-outcome=completed]")).ToContainTextAsync("Set Ui:Theme from system to dark");
            await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
            await Row(page, "Ui:Theme").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
            await Expect(page.GetByLabel("Ui:Theme", new() { Exact = true })).ToHaveValueAsync("system");
            await visit.ShotsAsync("settings");

            await visit.GoAsync("/settings/hub");
            await page.GetByLabel("Logs:Days", new() { Exact = true }).FillAsync("30");
            await Row(page, "Logs:Days").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(Row(page, "Logs:Days").GetByRole(AriaRole.Link, new() { Name = "Review" })).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/approvals/apr_"));
            await visit.ShotsAsync("settings-hub");

            await visit.GoAsync("/settings/keys");
            await page.GetByLabel("Name").FillAsync("nightly build");
            await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
            await Expect(page.Locator("code.secret")).ToContainTextAsync("cct_");
            await visit.ShotsAsync("settings-keys");
            await visit.GoAsync("/settings/operator");
            await visit.ShotsAsync("settings-operator");
            await LimitAsync(visit, page);
            await ReadAsync(visit, page);
        });
    }

    private static async Task LimitAsync(Visit visit, IPage page)
    {
        await visit.GoAsync("/settings/people");
        await page.Locator("button[aria-label^='Limits of']").ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { NameRegex = new System.Text.RegularExpressions.Regex("^What .+ may use$") });
        await Expect(dialog.Locator("[data-setting]").First).ToBeVisibleAsync();
        await visit.ShotsAsync("settings-limits");
        var workspaces = dialog.Locator("[data-setting^='Limits:Workspaces@']");
        await workspaces.GetByRole(AriaRole.Textbox).FillAsync("7");
        await workspaces.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(workspaces.GetByRole(AriaRole.Link, new() { Name = "Review" })).ToBeVisibleAsync();
        await visit.ShotsAsync("settings-limits-asks");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
    }

    private static async Task ReadAsync(Visit visit, IPage page)
    {
        await visit.GoAsync("/logs");
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search the log" }).FillAsync("config.set");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?text=config\.set$"));
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("config.set");
        await page.Locator("tbody a.strong").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Complementary, new() { Name = "Log line" })).ToContainTextAsync("ControlChat.Core.Gate.ToolGate");
        await visit.ShotsAsync("logs-detail");
        await page.GetByRole(AriaRole.Complementary, new() { Name = "Log line" }).GetByRole(AriaRole.Link, new() { Name = "Close" }).ClickAsync();
        await visit.ShotsAsync("logs");
    }

    private static ILocator Row(IPage page, string key) => page.Locator($"[data-setting='{key}']");
}

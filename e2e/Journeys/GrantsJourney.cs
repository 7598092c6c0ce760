using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Browsing.Person;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A standing grant in a browser: proposed after the same was approved again, made, used, used up, and revoked.</summary>
public sealed partial class GrantsJourney(Browser browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };
    private readonly Shelf _kettle = new("kettle");

    [Fact]
    public async Task What_was_approved_twice_is_granted_used_up_and_revoked()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/approvals/grants");
            await Expect(page.GetByText("Nothing runs without asking.", new() { Exact = true })).ToBeVisibleAsync();
            await visit.ShotsAsync("grants-empty");
            await visit.GoAsync("/");
            await SayAsync(page, "Create a workspace called kettle");
            await _kettle.ReceiptAsync(page);
            await _kettle.ArchiveAsync(page);
            await Expect(page.Locator("[data-grant-offer]")).ToHaveCountAsync(0);
            await _kettle.BackAsync(page);
            await _kettle.ArchiveAsync(page);
            var conversation = page.Url;
            await GrantAsync(visit, "2");
            await UseUpAsync(visit);
            await _kettle.ArchiveAsync(page);
            await GrantAsync(visit, "5");
            await RevokeAsync(visit);
            await visit.GoAsync(new Uri(conversation).PathAndQuery);
            await SayAsync(page, "Archive kettle");
            await Expect(page.Locator("[data-waits] .plan")).ToContainTextAsync("kettle", new() { Timeout = 30_000 });
        });
    }

    private async Task GrantAsync(Visit visit, string count)
    {
        var page = visit.Page;
        await Expect(page.Locator("[data-grant-offer]").Last).ToBeVisibleAsync(_patient);
        if (count == "2") await visit.ShotsAsync("grants-offer", "[data-grant-offer]");
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow the next 5 without asking" }).Last.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Exactly these and no other: kettle");
        await Expect(dialog).ToContainTextAsync("in this conversation and no other");
        await dialog.GetByLabel("How many times").FillAsync(count);
        if (count == "2") await visit.ShotsAsync("grants-dialog");
        await Expect(dialog.Locator("[data-approve]")).ToHaveTextAsync($"Allow {count} more");
        await Approving.ApproveAsync(dialog);
        await Expect(page.GetByText($"The next {count} of these run without asking.").Last).ToBeVisibleAsync(_patient);
        await _kettle.BackAsync(page);
    }

    private async Task UseUpAsync(Visit visit)
    {
        var page = visit.Page;
        for (var use = 1; use <= 2; use++)
        {
            await SayAsync(page, "Archive kettle");
            await _kettle.ReceiptAsync(page);
            await Expect(page.GetByText($"{use} of 2 used").Last).ToBeVisibleAsync(_patient);
            if (use == 2) await visit.ShotsAsync("grants-used", "[data-granted]");
            await _kettle.BackAsync(page);
        }
    }

    private static async Task RevokeAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/approvals");
        await page.GetByRole(AriaRole.Link, new() { Name = "Grants", Exact = true }).First.ClickAsync();
        await Expect(page.Locator("[data-list=grants] tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-list=grants] tbody tr")).ToContainTextAsync("0 of 5");
        await visit.ShotsAsync("grants-active");
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke Archive: kettle" }).ClickAsync();
        await Expect(page.GetByText("Nothing runs without asking.", new() { Exact = true })).ToBeVisibleAsync(_patient);
        await page.GetByRole(AriaRole.Link, new() { Name = "Ended", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-list=grants] tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Locator("tr[data-status=used_up]")).ToContainTextAsync("2 of 2");
        await Expect(page.Locator("tr[data-status=revoked]")).ToContainTextAsync("by a person");
        await visit.ShotsAsync("grants-ended");
        await page.Locator("tr[data-status=used_up]").GetByRole(AriaRole.Link, new() { Name = "2 of 2" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { NameRegex = UseRow() })).ToHaveCountAsync(2, new() { Timeout = 30_000 });
        await visit.ShotsAsync("grants-record");
    }

    [GeneratedRegex(@"^Row \d+, grant\.used$")]
    private static partial Regex UseRow();
}

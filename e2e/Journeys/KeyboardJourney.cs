using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>The main ways through the product without a pointer: the focus is always somewhere, in sight, and comes back from what closes.</summary>
public sealed class KeyboardJourney(Browser browser)
{
    [Fact]
    public async Task A_chat_with_a_plan_and_its_approval()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var (page, keys) = (visit.Page, new Keys(visit.Page));
            // The first Tab is the way past the navigation.
            await page.Locator("body").EvaluateAsync("() => document.activeElement.blur()");
            await keys.GoToAsync(page.Locator("[data-skip]"));
            await keys.PressAsync("Enter");
            await Expect(page.Locator("#main")).ToBeFocusedAsync();
            var field = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
            await keys.GoToAsync(field);
            await keys.TypeAsync("/create alpha");
            await keys.PressAsync("Enter");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            await Expect(field).ToBeFocusedAsync();
            await keys.TypeAsync("/archive alpha");
            await keys.PressAsync("Enter");
            var approve = page.Locator("[data-waits] [data-approve]");
            await Expect(approve).ToBeVisibleAsync();
            await keys.GoToAsync(approve, back: true);
            await Expect(approve).ToHaveAttributeAsync("data-armed", "true");
            await keys.PressAsync("Enter");
            await Expect(approve).ToBeFocusedAsync();
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            await keys.PressAsync("Space");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(2);
            // The button is gone with the plan; the focus stays at what became of it.
            await Expect(page.Locator(".plan-slot")).ToBeFocusedAsync();
            var undo = page.Locator(".card.receipt").Last.GetByRole(AriaRole.Button, new() { Name = "Undo" });
            await keys.GoToAsync(undo);
            await keys.PressAsync("Enter");
            await Expect(page.Locator("[data-approve], .card.receipt.undone").First).ToBeVisibleAsync();
            await keys.SeenAsync();
            await keys.PressAsync("Control+k");
            await Expect(page.Locator("#palette [role=combobox]")).ToBeFocusedAsync();
            await keys.SeenAsync();
            await keys.PressAsync("Escape");
            await Expect(page.Locator("#palette")).ToBeHiddenAsync();
            await keys.SeenAsync();
        });
    }

    [Fact]
    public async Task The_inbox_of_approvals()
    {
        await using var hub = await FurnishedHub.MakeAsync();
        await hub.VisitAsync(browser, new VisitOptions(), async visit =>
        {
            var (page, keys) = (visit.Page, new Keys(visit.Page));
            await page.EvaluateAsync("() => document.activeElement.blur()");
            await keys.PressAsync("g", "p");
            await Expect(page).ToHaveURLAsync(new Regex("/approvals$"));
            await Expect(page.Locator("#main")).ToBeFocusedAsync();
            await Expect(page.Locator(".inbox [data-item]").First).ToBeVisibleAsync();
            var row = page.Locator(".inbox [data-item] a.title").First;
            // The list may be drawn once more while it is read: whoever lost the row presses again.
            Assert.True(await Soon.HoldsAsync(async () =>
            {
                if (!await row.EvaluateAsync<bool>("e => e === document.activeElement")) await keys.PressAsync("j");
                return await row.EvaluateAsync<bool>("e => e === document.activeElement");
            }));
            await keys.SeenAsync();
            await keys.PressAsync("Enter");
            await Expect(page).ToHaveURLAsync(new Regex("/approvals/apr_"));
            await Expect(row).ToBeFocusedAsync();
            // Once more: into the plan, and by Esc back to its row.
            await keys.PressAsync("Enter");
            await Expect(page.Locator(".detail")).ToBeFocusedAsync();
            await keys.PressAsync("Escape");
            await Expect(row).ToBeFocusedAsync();
            await keys.PressAsync("Enter");
            await keys.GoToAsync(page.Locator(".detail").GetByRole(AriaRole.Button, new() { Name = "Later" }));
            await keys.PressAsync("Enter");
            var again = page.Locator(".detail").GetByRole(AriaRole.Button, new() { Name = "Show the plan" });
            await keys.GoToAsync(again);
            await keys.PressAsync("Enter");
            await keys.GoToAsync(page.Locator(".detail").GetByRole(AriaRole.Button, new() { Name = "Decline", Exact = true }));
            await keys.PressAsync("Enter");
            await keys.GoToAsync(page.GetByLabel("Why, if you want to say"));
            await keys.TypeAsync("not now");
            await keys.GoToAsync(page.GetByRole(AriaRole.Button, new() { Name = "Decline this plan" }));
            await keys.PressAsync("Enter");
            await Expect(page.GetByText("Declined by you at").First).ToBeVisibleAsync();
            await keys.SeenAsync();
            await DeclineAllAsync(page, keys);
        });
    }

    [Fact]
    public async Task The_record_is_searched_filtered_opened_and_closed()
    {
        await using var hub = await FurnishedHub.MakeAsync();
        await hub.VisitAsync(browser, new VisitOptions(), async visit =>
        {
            var (page, keys) = (visit.Page, new Keys(visit.Page));
            await visit.GoAsync("/audit");
            await keys.PressAsync("/");
            await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
            await keys.SeenAsync();
            // As slowly as the page looks things up meanwhile: no letter may be lost.
            await keys.TypeAsync("workspace.create", 250);
            await Expect(page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync("workspace.create");
            await Expect(page).ToHaveURLAsync(new Regex(@"\?text=workspace\.create$"));
            await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
            await keys.GoToAsync(page.GetByLabel("Outcome", new() { Exact = true }));
            await keys.PressAsync("ArrowDown");
            await Expect(page).ToHaveURLAsync(new Regex("outcome=completed"));
            await keys.GoToAsync(page.Locator(".toolbar a[aria-label*='Outcome'], .toolbar a:has-text('Outcome')").First);
            await keys.PressAsync("Enter");
            await Expect(page).Not.ToHaveURLAsync(new Regex("outcome="));
            await keys.SeenAsync();

            await keys.PressAsync("j", "j");
            var row = page.Locator("table.audit [data-item] a.strong").Nth(1);
            await Expect(row).ToBeFocusedAsync();
            await keys.PressAsync("Enter");
            var drawer = page.GetByRole(AriaRole.Complementary).Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = "Close" }) });
            await Expect(drawer).ToBeVisibleAsync();
            await Expect(row).ToBeFocusedAsync();
            await keys.PressAsync("Enter");
            await Expect(drawer).ToBeFocusedAsync();
            await keys.SeenAsync();
            await keys.GoToAsync(drawer.GetByRole(AriaRole.Link, new() { Name = "Close" }));
            await keys.PressAsync("Enter");
            await Expect(drawer).ToHaveCountAsync(0);
            await Expect(row).ToBeFocusedAsync();
            await keys.PressAsync("Enter");
            await Expect(drawer).ToBeVisibleAsync();
            await keys.PressAsync("Enter", "Tab", "Escape");
            await Expect(drawer).ToHaveCountAsync(0);
            await Expect(row).ToBeFocusedAsync();
        });
    }

    [Fact]
    public async Task Single_letters_can_be_switched_off()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var (page, keys) = (visit.Page, new Keys(visit.Page));
            await visit.GoAsync("/settings");
            var row = page.Locator("[data-setting='Ui:Letters']");
            await keys.GoToAsync(row.GetByRole(AriaRole.Combobox));
            await keys.PressAsync("ArrowDown");
            await keys.GoToAsync(row.GetByRole(AriaRole.Button, new() { Name = "Save" }));
            await keys.PressAsync("Enter");
            await Expect(row.Locator("[data-outcome=completed]")).ToBeVisibleAsync();
            await page.WaitForFunctionAsync("() => !controlchat.keys.single()");
            await keys.GoToAsync(page.Locator(".nav a[data-go=u]"), back: true);
            await keys.PressAsync("?", "g", "w");
            await Expect(page.Locator("#shortcuts")).ToBeHiddenAsync();
            await keys.PressAsync("Enter");
            await Expect(page).ToHaveURLAsync(new Regex("/audit$"));
            // What needs another key with it still works.
            await keys.PressAsync("Control+k");
            await Expect(page.Locator("#palette")).ToBeVisibleAsync();
        });
    }

    private static async Task DeclineAllAsync(IPage page, Keys keys)
    {
        var all = page.Locator(".inbox .group button").First;
        await keys.GoToAsync(all, back: true);
        await keys.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Keep them" })).ToBeFocusedAsync();
        // Tab stays within what asks.
        foreach (var _ in Enumerable.Range(0, 5))
        {
            await keys.PressAsync("Tab");
            Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog[open]'))"));
        }
        await keys.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Alertdialog)).ToHaveCountAsync(0);
        await Expect(all).ToBeFocusedAsync();
    }
}

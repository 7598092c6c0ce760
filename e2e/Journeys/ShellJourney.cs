using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>The frame around every page, in a real browser under the real content policy.</summary>
public sealed class ShellJourney(Browser browser)
{
    private const string ConnectionLost = "#components-reconnect-modal";

    [Fact]
    public async Task The_keyboard_opens_the_palette_the_shortcuts_and_pages_and_gives_the_focus_back()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await page.GetByRole(AriaRole.Button, new() { Name = "Search or ask" }).First.FocusAsync();
            await page.Keyboard.PressAsync("Control+k");
            await page.Keyboard.TypeAsync("ask");
            await Expect(page.Locator("#palette [aria-selected=true]")).ToContainTextAsync("Ask: “ask”");
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator("#palette")).ToBeHiddenAsync();
            await Expect(page.Locator(".find")).ToBeFocusedAsync();
            await page.Keyboard.PressAsync("?");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Keyboard shortcuts" })).ToBeVisibleAsync();
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator("#shortcuts")).ToBeHiddenAsync();
            await visit.ShotsAsync("shell");
        });
    }

    [Fact]
    public async Task The_theme_is_chosen_once_and_stands_before_the_first_paint()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
            await visit.Page.EvaluateAsync("() => controlchat.theme.set('light')");
            await visit.Page.ReloadAsync(new() { WaitUntil = WaitUntilState.Commit });
            await Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
            await visit.ReadyAsync();
        }, new VisitOptions(Dark: true));
    }

    [Fact]
    public async Task A_lost_hub_is_said_tried_again_and_the_same_address_comes_back_with_the_draft()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            visit.Expect("ERR_CONNECTION|Failed to fetch|WebSocket|Connection disconnected|negotiat|Connection closed");
            var page = visit.Page;
            await page.EvaluateAsync("() => { const field = document.createElement('textarea'); field.dataset.draft = 'journey'; document.getElementById('main').append(field); field.value = 'half a thought'; field.dispatchEvent(new Event('input', { bubbles: true })); }");
            var address = page.Url;
            await hub.KillAsync();
            await Expect(page.Locator(ConnectionLost)).ToBeVisibleAsync();
            await Expect(page.Locator(ConnectionLost)).ToContainTextAsync("Your draft is kept in this browser.");
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Try now" })).ToBeFocusedAsync();
            await Expect(page.Locator("#connection-title")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^Connection lost. Trying (now|again in [0-9]+ s)\\.$"));
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator(ConnectionLost)).ToBeVisibleAsync();
            await hub.StartAgainAsync();
            await Expect(page.Locator(ConnectionLost)).ToBeHiddenAsync(new() { Timeout = 30_000 });
            await visit.ReadyAsync();
            Assert.Equal(address, page.Url);
            Assert.Equal("half a thought", await page.EvaluateAsync<string>("() => controlchat.draft.read('journey')"));
        });
    }
}

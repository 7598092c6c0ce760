using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Asking with no model: the offline planner answers, the gate decides, the page shows both.</summary>
public sealed class AskJourney(Browser browser)
{
    [Fact]
    public async Task The_first_message_begins_a_conversation_with_an_address_of_its_own()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await Expect(page.GetByText("No model is configured, so the offline planner answers.")).ToBeVisibleAsync();
            await visit.ShotsAsync("ask-empty");
            await page.GetByRole(AriaRole.Textbox, new() { Name = "Message" }).FillAsync("Create a workspace called flood-model tagged 2027");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.GetByRole(AriaRole.Article, new() { Name = "ControlChat" })).ToContainTextAsync("flood-model");
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/c/conv_"));
            await Expect(page.Locator(".threads .thread")).ToHaveCountAsync(1);
            await visit.ShotsAsync("ask-created");
        });
    }
}

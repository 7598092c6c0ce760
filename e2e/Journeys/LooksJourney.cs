using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>What an agent asks the browser to show: done by the browser that is looked at, acknowledged, on the record.</summary>
public sealed class LooksJourney(Browser browser)
{
    [Fact]
    public async Task The_first_message_of_a_conversation_may_lead_to_another_page()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "/show audit");
            await Expect(page).ToHaveURLAsync(hub.Url + "/audit");
            var link = await hub.RunAsync("login-link");
            using var client = await HubClient.SignInAsync(hub, new Uri(link.Output.Trim()));
            var record = await client.GetAsync("/api/v1/audit?event=ui_action.acknowledged");
            var row = Assert.Single(record.Json["items"]!.AsArray())!;
            Assert.Equal("done", row["outcome"]!.ToString());
            Assert.Equal("audit", row["data"]!["target"]!.ToString());
        });
    }

    [Fact]
    public async Task A_conversation_stays_open_while_it_gets_its_address_and_leads_to_page_after_page()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "List my workspaces");
            await Expect(page.Locator(".msg")).ToHaveCountAsync(2);
            foreach (var name in (string[])["Workspaces", "Logs", "Settings"])
            {
                await AskAsync(page, $"/show {name}");
                await Expect(page).ToHaveURLAsync($"{hub.Url}/{name.ToLowerInvariant()}");
                // The address changes first, then the page.
                await Expect(page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1, Exact = true })).ToBeVisibleAsync();
                await page.GoBackAsync();
            }
            await Expect(page.Locator(".look")).ToHaveCountAsync(3);
            await Expect(page.Locator(".look").Last).ToHaveTextAsync("Asked to show the page settings: done");
        });
    }

    private static async Task AskAsync(IPage page, string text)
    {
        // With its draft shown, the composer has its script.
        var field = page.Locator("main textarea[data-draft-shown]");
        await field.FillAsync(text);
        await field.PressAsync("Enter");
    }
}

using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>What the bus could not deliver, as an admin sees it and sends it again.</summary>
public sealed class OperationsJourney(Browser browser) : IAsyncLifetime
{
    private static readonly TimeSpan _retries = TimeSpan.FromMinutes(2);
    private TeamServers _team = null!;

    public async ValueTask InitializeAsync() => _team = await TeamServers.StartAsync();

    public ValueTask DisposeAsync() => _team.DisposeAsync();

    [Fact]
    public async Task A_message_that_no_worker_can_take_waits_on_the_page_and_is_sent_again_from_there()
    {
        await using var hub = await _team.StartNodeAsync(new Dictionary<string, string> { ["Limits:RequestsPerMinute"] = "100000" });
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "operations", "--scopes", "read");
        Assert.True(code == 0, errors);
        using var person = HubClient.WithToken(hub.Url, token.Trim());
        await browser.VisitAsync(hub, async visit =>
        {
            await visit.GoAsync("/operations");
            await Expect(visit.Page.GetByText("Everything was delivered")).ToBeVisibleAsync();
            await visit.ShotsAsync("operations-empty");

            // No hub writes this: it names no run.
            await _team.Redis.AskAsync("XADD", "chat:control-agent", "*", "id", Guid.NewGuid().ToString("d"), "payload", """{"note":"<b>poison</b>"}""");
            Assert.True(await Soon.HoldsAsync(async () => (await LettersAsync(person)).Count == 1, _retries), "the poison message was not put aside");
            var letter = visit.Page.Locator("[data-list='dead-letters'] [data-item]");
            await Expect(letter).ToHaveCountAsync(1);
            await Expect(letter).ToContainTextAsync("chat:control-agent");
            await visit.ShotsAsync("operations");

            await letter.GetByRole(AriaRole.Button).ClickAsync();
            await Expect(visit.Page.GetByText("Everything was delivered")).ToBeVisibleAsync();
            var row = (await person.GetAsync("/api/v1/audit?tool=dead_letter.replay")).Json["items"]!.AsArray().Single()!;
            Assert.Equal("completed", row["outcome"]!.GetValue<string>());
            // It was sent, not thrown away: it fails again and comes back.
            Assert.True(await Soon.HoldsAsync(async () => (await LettersAsync(person)).Count == 1, _retries), "the message that was sent again was never tried");
        });
    }

    private static async Task<JsonArray> LettersAsync(HubClient person) => (await person.GetAsync("/api/v1/dead-letters")).Json["items"]!.AsArray();
}

using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A workspace is synced from its page: configured, run, watched and cancelled.</summary>
public sealed class SyncJourney(Browser browser)
{
    [Fact]
    public async Task An_owner_configures_a_sync_watches_it_and_cancels_it()
    {
        var remote = Directory.CreateTempSubdirectory("controlchat-sync-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(remote, "big.bin"), new byte[64 << 20]);
            File.WriteAllText(Path.Combine(remote, "notes.txt"), "notes");
            await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Sync:KilobytesPerSecond"] = "256", ["Sync:Directories:0"] = remote });
            await browser.VisitAsync(hub, visit => WalkAsync(visit, remote));
        }
        finally
        {
            Directory.Delete(remote, recursive: true);
        }
    }

    private static async Task WalkAsync(Visit visit, string remote)
    {
        var page = visit.Page;
        await visit.GoAsync("/workspaces");
        await page.GetByRole(AriaRole.Button, new() { Name = "New workspace" }).First.ClickAsync();
        await page.GetByLabel("Title").FillAsync("billing");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "billing", Exact = true }).ClickAsync();
        var sync = page.Locator("[data-part=sync]");
        await Expect(sync).ToContainTextAsync("Synced with nothing yet.");

        await sync.GetByRole(AriaRole.Button, new() { Name = "Configure sync" }).ClickAsync();
        await page.GetByLabel("Remote: ssh://").FillAsync(remote);
        await page.GetByLabel("Direction").SelectOptionAsync("pull");
        await page.GetByLabel("Leave out").FillAsync("*.tmp");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the plan" }).ClickAsync();
        await ApproveAsync(page, "Configure the sync of 'billing'");
        await Expect(sync).ToContainTextAsync(remote, new() { Timeout = 30_000 });

        await sync.GetByRole(AriaRole.Button, new() { Name = "Sync now" }).ClickAsync();
        await Expect(page.Locator("[data-outcome=confirmation_required]").First).ToContainTextAsync("notes.txt", new() { Timeout = 30_000 });
        await Expect(page.Locator("[data-outcome=confirmation_required]").First).ToContainTextAsync("billing, sync");
        await visit.ShotsAsync("sync-plan");
        await ApproveAsync(page, "Pull 'billing'");
        await Expect(sync.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(sync).Not.ToContainTextAsync("0 files, 0 bytes", new() { Timeout = 60_000 });
        await sync.ScrollIntoViewIfNeededAsync();
        await visit.ShotsAsync("sync-running");

        await sync.GetByRole(AriaRole.Button, new() { Name = "Cancel sync" }).ClickAsync();
        await Expect(sync).ToContainTextAsync("Cancelled", new() { Timeout = 60_000 });
        await Expect(sync.GetByRole(AriaRole.Button, new() { Name = "Sync now" })).ToBeVisibleAsync();
        await sync.ScrollIntoViewIfNeededAsync();
        await visit.ShotsAsync("sync-cancelled");
    }

    private static Task ApproveAsync(IPage page, string summary) =>
        Approving.ApproveAsync(page.Locator("[data-outcome=confirmation_required]").Filter(new() { HasText = summary }).First);
}

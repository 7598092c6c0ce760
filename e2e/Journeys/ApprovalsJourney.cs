using System.Text.Json;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>The inbox of decisions in a browser: seen, put off, declined, typed, approved, decided elsewhere, undone.</summary>
public sealed class ApprovalsJourney(Browser browser)
{
    [Fact]
    public async Task A_person_decides_plans_and_sees_what_came_of_them()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await visit.GoAsync("/approvals");
            await Expect(visit.Page.GetByText("Nothing waits for you.", new() { Exact = true })).ToBeVisibleAsync();
            await visit.ShotsAsync("approvals-empty");
            var ids = new List<string>();
            foreach (var title in (string[])["lidar-tiles-north", "wind-farm-siting", "gauge-importer-old", "q1-grant-report"]) ids.Add(await CreateAsync(visit.Page, title));

            await ApproveBatchAsync(visit, ids);
            await PurgeAsync(visit, ids[3]);
            await DeclineAsync(visit, ids[0]);
            await StaleAndFrozenAsync(visit, ids[1], ids[2]);
        });
    }

    [Fact]
    public async Task Approve_cannot_be_hit_by_a_click_that_was_on_its_way_nor_by_enter()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var id = await CreateAsync(visit.Page, "demo-march");
            var approval = await CallAsync(visit.Page, "workspace.archive", new { workspace_id = id });
            await visit.GoAsync($"/approvals/{approval}");
            var approve = visit.Page.Locator("[data-approve]");
            await Expect(approve).ToHaveAttributeAsync("data-armed", "true");
            await approve.FocusAsync();
            await visit.Page.Keyboard.PressAsync("Enter");
            // Without the script that knows keys nothing approves.
            await visit.Page.EvaluateAsync("() => { window.kept = window.controlchat.chord; delete window.controlchat.chord; }");
            await Expect(approve).ToHaveAttributeAsync("data-armed", "false");
            await visit.Page.Keyboard.PressAsync("Enter");
            await visit.Page.Keyboard.PressAsync("Space");
            await visit.Page.EvaluateAsync("() => { window.controlchat.chord = window.kept; }");
            await Expect(approve).ToHaveAttributeAsync("data-armed", "true");
            // Moved and clicked in one go: the click belongs to where the button was.
            await visit.Page.EvaluateAsync("() => { const b = document.querySelector('[data-approve]'); b.closest('.card').style.marginTop = '90px'; b.click(); }");
            await Expect(approve).ToHaveAttributeAsync("data-armed", "true");
            await Expect(approve).ToHaveTextAsync("Archive");
            await approve.ClickAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToContainTextAsync("exactly as approved");
        });
    }

    private static async Task ApproveBatchAsync(Visit visit, List<string> ids)
    {
        var page = visit.Page;
        var batch = await CallAsync(page, "plan.batch", new { steps = ids.Select(id => new { tool = "workspace.archive", arguments = new { workspace_id = id } }) });
        await Expect(page.Locator($"[data-approval={batch}]")).ToBeVisibleAsync();
        await page.Locator($"[data-approval={batch}] a.title").ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/approvals/{batch}$"));
        await Expect(page.Locator("[data-approve]")).ToHaveTextAsync("Approve 4 steps");
        await visit.ShotsAsync("approvals");
        await page.GetByRole(AriaRole.Button, new() { Name = "Later" }).Last.ClickAsync();
        await Expect(page.GetByText("Put off. It waits in Approvals until")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the plan" }).ClickAsync();
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Include step 4" }).UncheckAsync();
        await Expect(page.Locator("[data-approve]")).ToHaveTextAsync("Approve 3 steps");
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToContainTextAsync("Archived 3 workspaces");
        await visit.ShotsAsync("approvals-receipt");
    }

    private static async Task PurgeAsync(Visit visit, string id)
    {
        var page = visit.Page;
        var trash = await CallAsync(page, "workspace.delete", new { workspace_id = id });
        await visit.GoAsync($"/approvals/{trash}");
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToBeVisibleAsync();
        var purge = await CallAsync(page, "workspace.purge", new { workspace_id = id });
        await visit.GoAsync($"/approvals/{purge}");
        await Expect(page.Locator("[data-approve]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.GetByLabel("Type q1-grant-report to approve").FillAsync("q1-grant-report");
        await Expect(page.Locator("[data-approve]")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        await visit.ShotsAsync("approvals-purge");
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToContainTextAsync("Purged");
    }

    private static async Task DeclineAsync(Visit visit, string id)
    {
        var page = visit.Page;
        var first = await CallAsync(page, "workspace.delete", new { workspace_id = id });
        await visit.GoAsync($"/approvals/{first}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Decline", Exact = true }).ClickAsync();
        await page.GetByLabel("Why, if you want to say").FillAsync("wait for the audit in December");
        await page.GetByRole(AriaRole.Button, new() { Name = "Decline this plan" }).ClickAsync();
        await Expect(page.GetByText("Declined by you at").First).ToBeVisibleAsync();
        await visit.ShotsAsync("approvals-declined");

        var second = await CallAsync(page, "workspace.delete", new { workspace_id = id });
        await visit.GoAsync($"/approvals/{second}");
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync();
        await PostAsync(page, $"/api/v1/approvals/{second}/decline", new { });
        await Expect(page.GetByText("Decided elsewhere: you declined in another window").First).ToBeVisibleAsync();
        await Expect(page.Locator($"[data-approval={second}].done")).ToBeVisibleAsync();
        await visit.ShotsAsync("approvals-elsewhere");
        await visit.GoAsync("/approvals?status=decided");
        await Expect(page.Locator("[data-approval]")).ToHaveCountAsync(5);
        await visit.ShotsAsync("approvals-decided");
    }

    private static async Task StaleAndFrozenAsync(Visit visit, string one, string other)
    {
        var page = visit.Page;
        var stale = await CallAsync(page, "workspace.delete", new { workspace_id = one });
        await visit.GoAsync($"/approvals/{stale}");
        await PostAsync(page, "/api/v1/tools/workspace.rename", new { request_id = $"journey-{Guid.NewGuid():n}", arguments = new { workspace_id = one, title = "wind-farm" } });
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByText("The plan is out of date. Nothing was changed.")).ToBeVisibleAsync();
        await Expect(page.Locator("table.moved tbody tr")).ToContainTextAsync("wind-farm-siting");
        await visit.ShotsAsync("approvals-stale");
        await page.GetByRole(AriaRole.Button, new() { Name = "Review the new plan" }).ClickAsync();
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync();

        var frozen = await CallAsync(page, "workspace.delete", new { workspace_id = other });
        await PostAsync(page, "/api/v1/freezes", new { scope = "hub", reason = "restoring a backup" });
        await visit.GoAsync($"/approvals/{frozen}");
        await Expect(page.GetByText("Frozen: every change is stopped")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-approve]")).ToHaveAttributeAsync("aria-disabled", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Decline all 2" }).ClickAsync();
        await visit.ShotsAsync("approvals-decline-all");
        await page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Decline 2" }).ClickAsync();
        await Expect(page.Locator("[data-approval].done")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("[data-approve]")).ToHaveCountAsync(0);
    }

    private static async Task<string> CreateAsync(IPage page, string title)
    {
        var outcome = await PostAsync(page, "/api/v1/tools/workspace.create", new { request_id = $"journey-{Guid.NewGuid():n}", arguments = new { title } });
        return outcome.GetProperty("result").GetProperty("workspace").GetProperty("id").GetString()!;
    }

    /// <returns>The approval that was asked for.</returns>
    private static async Task<string> CallAsync(IPage page, string tool, object arguments)
    {
        var outcome = await PostAsync(page, $"/api/v1/tools/{tool}", new { request_id = $"journey-{Guid.NewGuid():n}", arguments });
        return outcome.GetProperty("approval_id").GetString()!;
    }

    private static async Task<JsonElement> PostAsync(IPage page, string path, object body) => JsonDocument.Parse(await page.EvaluateAsync<string>(
        """
        async ([path, body]) => {
          const me = await (await fetch('/api/v1/me')).json();
          const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf_token }, body });
          return await answer.text();
        }
        """, new[] { path, JsonSerializer.Serialize(body) })).RootElement;
}

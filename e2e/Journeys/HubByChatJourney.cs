using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A person runs a hub by chatting: everything the hub is for, in one conversation, with and without a model.</summary>
public abstract class HubByChatJourney(Browser browser, Func<IReadOnlyDictionary<string, string>?, Task<HubProcess>> start)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 30_000 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workspace_lives_from_its_making_to_its_end_by_chat_and_all_of_it_is_on_the_record(bool withModel)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await start(withModel ? ModelSettings(model) : null);
        await browser.VisitAsync(hub, async visit =>
        {
            await MakeAndUndoAsync(visit);
            await PutAwayAsync(visit);
            await visit.ShotsAsync(withModel ? "chat-model" : "chat-offline");
            await SeeElsewhereAsync(visit, hub);
            await CheckRecordAsync(visit);
        });
        if (withModel) Assert.DoesNotContain("confirm_token", model.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_that_was_killed_half_way_is_finished_once_and_the_page_comes_back()
    {
        const int steps = 40;
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            visit.Expect("WebSocket|Failed to fetch|ERR_CONNECTION|net::|Connection disconnected|negotiat");
            var lines = Enumerable.Range(0, steps).Select(i => $"/create batch {i:00}").Append("/set Workspaces:TrashDays 21");
            await SayAsync(visit.Page, "/batch\n" + string.Join('\n', lines));
            await ApproveAsync(visit.Page);
            await WaitForAsync(() => Directory.Exists(hub.WorkspacesRoot) && Directory.EnumerateDirectories(hub.WorkspacesRoot).Any());
            await hub.KillAsync();
            await hub.StartAgainAsync();
            await Expect(visit.Page.Locator(".card.receipt").Last).ToBeVisibleAsync(Patient);
            await visit.GoAsync("/workspaces?text=batch");
            await Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(steps, new() { Timeout = 30_000 });
        });
    }

    private static Dictionary<string, string> ModelSettings(ScriptedModelServer model) => new()
    {
        ["Model:Provider"] = "openai",
        ["Model:Endpoint"] = model.Url,
        ["Model:Name"] = "scripted",
    };

    private static async Task MakeAndUndoAsync(Visit visit)
    {
        var page = visit.Page;
        await SayAsync(page, "Create a workspace called river");
        await Expect(Receipts(page)).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await SayAsync(page, "Rename river to river-core");
        await Expect(Receipts(page)).ToHaveCountAsync(2, new() { Timeout = 30_000 });
        await Receipts(page).Last.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(Receipts(page).Nth(1).GetByText("Undone")).ToBeVisibleAsync(Patient);
        await SayAsync(page, "Tag river with 2026");
        await Expect(Receipts(page).Last).ToContainTextAsync("2026", new() { Timeout = 30_000 });
    }

    private static async Task PutAwayAsync(Visit visit)
    {
        var page = visit.Page;
        await SayAsync(page, "Archive river");
        await Expect(Plan(page)).ToContainTextAsync("archived", new() { Timeout = 30_000 });
        await ApproveAsync(page);
        await Expect(Receipts(page)).ToHaveCountAsync(4, new() { Timeout = 30_000 });
        await DecideAsync(page, "Delete river");
        await SayAsync(page, "Restore river");
        await Expect(Receipts(page)).ToHaveCountAsync(6, new() { Timeout = 30_000 });
        await DecideAsync(page, "Delete river");
        await SayAsync(page, "Purge river");
        var typed = Plan(page).GetByRole(AriaRole.Textbox);
        await typed.FillAsync("rive");
        await Expect(Plan(page).Locator("[data-approve]")).ToHaveAttributeAsync("aria-disabled", "true");
        await typed.FillAsync("river");
        await ApproveAsync(page);
        await Expect(Receipts(page)).ToHaveCountAsync(8, new() { Timeout = 30_000 });
    }

    private static async Task SeeElsewhereAsync(Visit visit, HubProcess hub)
    {
        var (code, link, errors) = await hub.RunAsync("login-link");
        Assert.True(code == 0, errors);
        await using var other = await visit.Page.Context.Browser!.NewContextAsync();
        var page = await other.NewPageAsync();
        await page.GotoAsync(link.Trim());
        await page.GotoAsync(visit.Page.Url);
        await page.Locator("[data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await Expect(page.GetByText("Purge river").First).ToBeVisibleAsync(Patient);
        await SayAsync(page, "List my workspaces");
        await Expect(visit.Page.GetByText("List my workspaces").First).ToBeVisibleAsync(Patient);
    }

    private static async Task CheckRecordAsync(Visit visit)
    {
        await visit.GoAsync("/audit");
        foreach (var tool in (string[])["workspace.create", "workspace.rename", "undo", "workspace.tag", "workspace.archive", "workspace.delete", "workspace.restore", "workspace.purge"])
        {
            await visit.GoAsync($"/audit?tool={tool}&event=tool.applied");
            await Expect(visit.Page.GetByText(tool).First).ToBeVisibleAsync(Patient);
        }
        await visit.GoAsync("/audit");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Verify now" }).ClickAsync();
        await Expect(visit.Page.GetByText(new Regex("Verified to row")).First).ToBeVisibleAsync(Patient);
        await visit.ShotsAsync("audit");
    }

    /// <summary>Sends a message and waits until it stands in the conversation.</summary>
    private static async Task SayAsync(IPage page, string text)
    {
        var field = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
        await Expect(page.Locator(".msg.me .prose", new() { HasTextString = text.Split('\n')[0] }).Last).ToBeVisibleAsync(Patient);
    }

    /// <summary>Approve is inert for a moment after it appeared, so that nobody hits it by accident; then it is armed.</summary>
    private static Task ApproveAsync(IPage page) => Approving.ApproveAsync(Plan(page));

    private static async Task DecideAsync(IPage page, string text)
    {
        var receipts = await Receipts(page).CountAsync();
        await SayAsync(page, text);
        await ApproveAsync(page);
        await Expect(Receipts(page)).ToHaveCountAsync(receipts + 1, new() { Timeout = 30_000 });
    }

    private static ILocator Plan(IPage page) => page.Locator("[data-waits] .plan").Last;

    private static ILocator Receipts(IPage page) => page.Locator(".card.receipt");

    private static async Task WaitForAsync(Func<bool> condition) => Assert.True(await Soon.HoldsAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(60)));
}

public sealed class HubByChatOnSqliteJourney(Browser browser) : HubByChatJourney(browser, settings => HubProcess.StartAsync(settings));

public sealed class HubByChatOnPostgresAndRedisJourney(Browser browser, TeamStore store) : HubByChatJourney(browser, store.StartAsync);

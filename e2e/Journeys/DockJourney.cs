using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Ask beside other pages, from the palette, and the head of a conversation.</summary>
public sealed partial class DockJourney(Browser browser)
{
    [Fact]
    public async Task The_dock_keeps_its_thread_while_pages_change_and_sends_what_the_page_has_selected()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await SayAsync(page.Locator("main"), "/create alpha");
            await SayAsync(page.Locator("main"), "/create beta");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(2);
            var conversation = new Uri(page.Url).AbsolutePath[3..];
            await page.Keyboard.PressAsync("Escape");
            await page.Locator(".nav a[data-go=w]").ClickAsync();
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
            await page.Keyboard.PressAsync("Control+j");
            var dock = page.Locator("#dock");
            await Expect(dock.Locator(".card.receipt")).ToHaveCountAsync(2);

            foreach (var row in (int[])[0, 1]) await page.Locator("tbody input[type=checkbox]").Nth(row).CheckAsync();
            await Expect(dock.Locator(".context")).ToContainTextAsync("Workspaces, 2 selected");
            await visit.ShotsAsync("dock-context");
            // Where there is no room beside the page it lies over it, from top to bottom.
            foreach (var width in (int[])[768, 390])
            {
                await visit.ResizeAsync(width, 800);
                var box = (await dock.BoundingBoxAsync())!;
                Assert.Equal((0, 800, width), (box.Y, box.Height, box.X + box.Width));
            }
            await visit.ResizeAsync(1280, 800);
            await SayAsync(dock, "/help");
            await dock.GetByRole(AriaRole.Button, new() { Name = "Do not send: Workspaces, 2 selected" }).ClickAsync();
            await Expect(dock.Locator(".context")).ToHaveCountAsync(0);
            await SayAsync(dock, "List my workspaces");
            var sent = await ContextsAsync(page, conversation);
            Assert.Matches("workspace_ids.*ws_[0-9a-f]{32}.*ws_[0-9a-f]{32}", sent[2]);
            Assert.DoesNotContain("alpha", sent[2], StringComparison.Ordinal);
            Assert.Equal("null", sent[3]);

            await page.Locator(".nav a[data-go=u]").ClickAsync();
            await Expect(page).ToHaveURLAsync(new Regex("/audit$"));
            await Expect(dock.Locator(".msg.me")).ToHaveCountAsync(4);
            await page.Locator("table.audit a.strong").First.ClickAsync();
            await Expect(dock.Locator(".context")).ToContainTextAsync("Audit row");
            await page.Keyboard.PressAsync("Control+j");
            await Expect(dock).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task The_palette_hands_what_is_typed_over_to_ask()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/workspaces");
            await page.Keyboard.PressAsync("Control+k");
            await page.Keyboard.TypeAsync("/create from-the-palette");
            await Expect(page.Locator("#palette [aria-selected=true]")).ToContainTextAsync("from-the-palette");
            await visit.ShotsAsync("palette");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page).ToHaveURLAsync(ConversationAddress());
            await Expect(page.Locator(".msg.me .prose")).ToHaveTextAsync("/create from-the-palette");
            await Expect(page.Locator(".card.receipt")).ToContainTextAsync("from-the-palette");
        });
    }

    [Fact]
    public async Task A_conversation_is_renamed_exported_and_archived_from_its_head()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await SayAsync(page.Locator("main"), "/create alpha");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            await ChooseAsync(page, "Rename");
            await page.GetByLabel("Title").FillAsync("Spring cleaning");
            await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Spring cleaning", Level = 1 }).First).ToBeVisibleAsync();
            await Expect(page.Locator(".threads .thread")).ToContainTextAsync("Spring cleaning");

            var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Export conversation" }).ClickAsync());
            var markdown = await File.ReadAllTextAsync(await download.PathAsync());
            Assert.Contains("Spring cleaning", markdown, StringComparison.Ordinal);
            Assert.Contains("/create alpha", markdown, StringComparison.Ordinal);

            await ChooseAsync(page, "Archive");
            await Expect(page.Locator(".conv-head")).ToContainTextAsync("Archived");
            await Expect(page.Locator(".threads .thread")).ToHaveCountAsync(0);
            await page.GetByRole(AriaRole.Button, new() { Name = "Archived conversations" }).ClickAsync();
            await Expect(page.Locator(".threads .thread")).ToContainTextAsync("Spring cleaning");
            await ChooseAsync(page, "Bring back from the archive");
            await Expect(page.Locator(".threads .thread")).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task Another_page_of_the_person_says_at_once_what_waits()
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await SayAsync(page.Locator("main"), "/create alpha");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            var other = await visit.Context.NewPageAsync();
            await other.GotoAsync(visit.Site.Url + "/ask");
            await other.Locator("[data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            await Expect(other.Locator(".threads .thread")).ToHaveCountAsync(1);
            await SayAsync(page.Locator("main"), "/archive alpha");
            await Expect(page.Locator("[data-waits] .plan")).ToBeVisibleAsync();
            await Expect(other.Locator(".threads .thread .state")).ToHaveTextAsync("Waiting for you", new() { Timeout = 2_500 });
            await Expect(page.Locator(".threads .thread .state")).ToHaveTextAsync("Waiting for you", new() { Timeout = 2_500 });
        });
    }

    [Theory]
    [InlineData(1280, "nav-logs", ".nav a[data-go=l]")]
    [InlineData(390, "nav-sessions", ".tabbar a[data-ui=nav-sessions]")]
    [InlineData(390, "nav-logs", ".tabbar [data-opens=more]")]
    public async Task An_agent_points_at_a_place_of_the_navigation(int width, string target, string lit)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = request => request.LastUser == "where?" && request.Results.Count == 0 ? Reply.Call("ui_action", new { action = "highlight", target }) : Reply.Text("There.");
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Model:Provider"] = "openai", ["Model:Endpoint"] = model.Url, ["Model:Name"] = "scripted", ["OPENAI_API_KEY"] = "none" });
        await browser.VisitAsync(hub, async visit =>
        {
            // The light goes out after two seconds; what was lit is remembered.
            await visit.Page.EvaluateAsync("() => new MutationObserver((all) => { for (const one of all) if (one.target.classList.contains('flash')) one.target.dataset.lit = 'yes'; }).observe(document.body, { subtree: true, attributeFilter: ['class'] })");
            await SayAsync(visit.Page.Locator("main"), "where?");
            await Expect(visit.Page.Locator(lit)).ToHaveAttributeAsync("data-lit", "yes");
            await Expect(visit.Page.Locator(".look")).ToContainTextAsync($"Asked to point at {target}: done");
        }, new VisitOptions(Width: width));
    }

    private static async Task ChooseAsync(IPage page, string words)
    {
        await page.Locator(".conv-head [data-menu] summary").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = words, Exact = true }).ClickAsync();
    }

    private static async Task SayAsync(ILocator within, string text)
    {
        var field = within.GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
        await Expect(within.Locator(".msg.me:not(.unsent) .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync();
    }

    /// <summary>The context of each of the person's messages, as JSON.</summary>
    private static async Task<string[]> ContextsAsync(IPage page, string conversation) => await page.EvaluateAsync<string[]>(
        "async (id) => (await (await fetch(`/api/v1/conversations/${id}`)).json()).messages.filter((m) => m.role === 'user').map((m) => JSON.stringify(m.context ?? null))", conversation);

    [GeneratedRegex("/c/conv_")]
    private static partial Regex ConversationAddress();
}

using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Asking with no model: the offline planner answers, the gate decides, the page shows both.</summary>
public abstract partial class AskJourney(Browser browser, Func<IReadOnlyDictionary<string, string>?, Task<HubProcess>> start)
{
    [Fact]
    public async Task A_workspace_lives_its_whole_life_by_asking()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await Expect(page.GetByText("No model is configured, so the offline planner answers.")).ToBeVisibleAsync();
            await visit.ShotsAsync("ask-empty");
            await AskAsync(page, "Create a workspace called flood-model tagged 2027");
            await Expect(page).ToHaveURLAsync(ConversationAddress());
            await Expect(Receipts(page)).ToHaveCountAsync(1);
            await AskAsync(page, "Rename flood-model to flood-2027 and tag it draft");
            await Expect(Receipts(page)).ToHaveCountAsync(2);
            await DecideAsync(visit, "Archive flood-2027", 3, shots: "ask-plan");
            await AskAsync(page, "Unarchive flood-2027");
            await Expect(Receipts(page)).ToHaveCountAsync(4);
            await DecideAsync(visit, "Delete the workspace flood-2027", 5);
            await AskAsync(page, "Restore flood-2027 from the trash");
            await Expect(Receipts(page)).ToHaveCountAsync(6);
            await DecideAsync(visit, "Delete the workspace flood-2027", 7);
            await DecideAsync(visit, "Purge flood-2027", 8, typed: true);
            await Expect(page.Locator(".threads .thread")).ToHaveCountAsync(1);
            await visit.ShotsAsync("ask-life");
        });
    }

    [Fact]
    public async Task A_receipt_undoes_what_it_shows()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "Create a workspace called alpha");
            await Expect(Receipts(page)).ToHaveCountAsync(1);
            await AskAsync(page, "Rename alpha to beta");
            await Expect(Receipts(page)).ToHaveCountAsync(2);
            await Receipts(page).Last.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
            await Expect(Receipts(page).Last).ToContainTextAsync("Undone");
            await AskAsync(page, "List my workspaces");
            await Expect(page.Locator(".msg .prose").Last).ToContainTextAsync("alpha");
        });
    }

    [Fact]
    public async Task A_second_browser_shows_the_same_conversation_as_it_happens()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async first =>
        {
            await AskAsync(first.Page, "Create a workspace called alpha");
            await Expect(Receipts(first.Page)).ToHaveCountAsync(1);
            var path = new Uri(first.Page.Url).AbsolutePath;
            await browser.VisitAsync(hub, async second =>
            {
                await second.GoAsync(path);
                await Expect(Receipts(second.Page)).ToHaveCountAsync(1);
                await AskAsync(second.Page, "Archive alpha");
                var card = first.Page.Locator("[data-waits] .plan");
                await Expect(card).ToBeVisibleAsync();
                await Expect(first.Page.GetByRole(AriaRole.Button, new() { Name = "1 waiting here" })).ToBeVisibleAsync();
                await Expect(first.Page.Locator(".msg.me")).ToHaveCountAsync(2);
            }, new VisitOptions(SignIn: false, StorageState: await first.StorageAsync(), Width: 390, Height: 800));
        });
    }

    [Fact]
    public async Task A_message_is_answered_where_neither_sockets_nor_event_streams_get_through()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            visit.Expect("WebSocket|Failed to start|_blazor|Error: blocked");
            await visit.Context.AddInitScriptAsync("window.WebSocket = class { constructor() { throw new Error('blocked'); } }; window.EventSource = class { constructor() { throw new Error('blocked'); } };");
            await visit.SignInAsync();
            await AskAsync(visit.Page, "Create a workspace called alpha");
            await Expect(Receipts(visit.Page)).ToHaveCountAsync(1, new() { Timeout = 15_000 });
            await Expect(visit.Page.Locator("[data-stop]")).ToHaveCountAsync(0);
        }, new VisitOptions(SignIn: false));
    }

    [Fact]
    public async Task A_draft_survives_a_reload_and_belongs_to_its_conversation()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "List my workspaces");
            await Expect(page).ToHaveURLAsync(ConversationAddress());
            await Field(page).FillAsync("half a thought");
            await page.ReloadAsync();
            await visit.ReadyAsync();
            await Expect(Field(page)).ToHaveValueAsync("half a thought");
            await page.GetByRole(AriaRole.Link, new() { Name = "New", Exact = true }).First.ClickAsync();
            await Expect(page.Locator(".welcome")).ToBeVisibleAsync();
            await Expect(Field(page)).ToHaveValueAsync("");
        });
    }

    [Fact]
    public async Task Commands_are_chosen_with_the_keyboard_and_escape_closes_them()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await Field(page).FocusAsync();
            await page.Keyboard.TypeAsync("/");
            var list = page.GetByRole(AriaRole.Listbox, new() { Name = "Commands" });
            await Expect(list).ToBeVisibleAsync();
            await visit.ShotsAsync("ask-commands");
            await page.Keyboard.TypeAsync("una");
            await Expect(list.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
            await page.Keyboard.PressAsync("Tab");
            await Expect(Field(page)).ToHaveValueAsync("/unarchive ");
            await Field(page).FillAsync("/he");
            await page.Keyboard.PressAsync("Escape");
            await Expect(list).ToBeHiddenAsync();
            await Field(page).FillAsync("/hel");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator(".msg .prose").Last).ToContainTextAsync("/archive");
        });
    }

    [Fact]
    public async Task Links_lead_to_messages_and_keys_move_between_them()
    {
        await using var hub = await start(null);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "/help");
            await AskAsync(page, "List my workspaces");
            await Expect(page.Locator(".msg")).ToHaveCountAsync(4);
            var path = await page.Locator(".msg.me a[data-to-message]").First.GetAttributeAsync("href");
            await visit.GoAsync(path!);
            await Expect(page.Locator(".msg").First).ToBeFocusedAsync();
            await Expect(page.Locator(".msg").First).ToBeInViewportAsync();
            await page.Keyboard.PressAsync("Alt+ArrowDown");
            await Expect(page.Locator(".msg").Nth(1)).ToBeFocusedAsync();
            await page.EvaluateAsync("() => { window.copied = []; navigator.clipboard.writeText = async (text) => { window.copied.push(text); }; }");
            await page.Keyboard.PressAsync("c");
            await page.Keyboard.PressAsync("l");
            await page.WaitForFunctionAsync("() => window.copied.length === 2");
            var copied = await page.EvaluateAsync<string[]>("() => window.copied");
            Assert.Contains("/archive", copied[0], StringComparison.Ordinal);
            Assert.Equal(hub.Url + await page.Locator(".msg").Nth(1).Locator("a[data-to-message]").GetAttributeAsync("href"), copied[1]);
            await page.Keyboard.PressAsync("r");
            await Expect(page.Locator(".msg.me")).ToHaveCountAsync(3);
        });
    }

    [Fact]
    public async Task A_found_message_earlier_than_what_the_open_page_has_is_fetched_and_reading_back_keeps_the_place()
    {
        await using var hub = await start(new Dictionary<string, string> { ["Limits:RequestsPerMinute"] = "100000" });
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await AskAsync(page, "/help marigold");
            await Expect(page).ToHaveURLAsync(ConversationAddress());
            var path = new Uri(page.Url).AbsolutePath;
            await LongConversation.FillAsync(hub, path["/c/".Length..]);
            await visit.GoAsync(path);
            await Expect(page.Locator("[data-earlier]")).ToHaveCountAsync(1);
            var asked = page.Locator(".msg.me", new() { HasTextString = "marigold" });
            await Expect(asked).ToHaveCountAsync(0);
            await page.Locator(".threads [data-search]").FillAsync("marigold");
            await page.Locator($".threads a.thread[href='{path}#m-1']").ClickAsync();
            await Expect(asked).ToBeFocusedAsync();
            await Expect(asked).ToBeInViewportAsync();

            await visit.GoAsync(path);
            await Expect(page.Locator("[data-earlier]")).ToHaveCountAsync(1);
            await page.EvaluateAsync("() => { document.querySelector('[data-log]').scrollTop = 0; window.first = document.querySelector('.msg'); window.top0 = first.getBoundingClientRect().top; }");
            await Expect(asked).ToHaveCountAsync(1);
            Assert.InRange(await page.EvaluateAsync<double>("() => Math.abs(first.getBoundingClientRect().top - top0)"), 0, 2);
        });
    }

    private async Task DecideAsync(Visit visit, string text, int receipts, bool typed = false, string? shots = null)
    {
        var page = visit.Page;
        await AskAsync(page, text);
        var card = page.Locator("[data-waits] .plan").Last;
        await Expect(card).ToBeVisibleAsync();
        if (shots is not null) await visit.ShotsAsync(shots);
        if (typed) await card.GetByRole(AriaRole.Textbox).FillAsync((await card.Locator("label code").First.InnerTextAsync()).Trim());
        await Approving.ApproveAsync(card);
        await Expect(Receipts(page)).ToHaveCountAsync(receipts);
        await Expect(page.Locator("[data-stop]")).ToHaveCountAsync(0);
    }

    private static async Task AskAsync(IPage page, string text)
    {
        await Field(page).FillAsync(text);
        await Field(page).PressAsync("Enter");
        await Expect(page.Locator(".msg.me .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync();
    }

    private static ILocator Field(IPage page) => page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });

    private static ILocator Receipts(IPage page) => page.Locator(".card.receipt");

    [GeneratedRegex("/c/conv_")]
    private static partial Regex ConversationAddress();
}

public sealed class AskOnSqliteJourney(Browser browser) : AskJourney(browser, settings => HubProcess.StartAsync(settings));

public sealed class AskOnPostgresAndRedisJourney(Browser browser, TeamStore store) : AskJourney(browser, store.StartAsync);

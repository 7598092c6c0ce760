using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A chat with the agent of a workspace beside its page, by the palette and by the composer: the real Codex CLI, a scripted model.</summary>
public sealed partial class AgentChatJourney(Browser browser)
{
    private static readonly LocatorAssertionsToContainTextOptions _patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task The_palette_opens_it_closing_asks_and_the_session_is_kept_and_ended()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await StartAsync(model);
        var workspace = await CreateAsync(hub, "river-gauge-api");
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync($"/workspaces/{workspace}");
            model.Enqueue(Reply.Text("Hello. The workspace is **empty**, so there is nothing to change yet."));
            await PaletteAsync(page, "@agent hello");
            await visit.ShotsAsync("agent-palette");
            await page.Keyboard.PressAsync("Enter");
            await Expect(Dock(page).Locator(".msg.me .prose")).ToContainTextAsync("hello");
            await Expect(Dock(page).Locator(".msg:not(.me)").Last).ToContainTextAsync("nothing to change yet", _patient);
            await Expect(Dock(page).Locator(".conv-head")).ToContainTextAsync("Waits for a message", _patient);
            await Expect(page).ToHaveURLAsync(new Regex($"/workspaces/{workspace}$"));
            await visit.ShotsAsync("agent-chat");
            await RulesAsync(visit);
            var session = await OpenSessionAsync(page);

            await AskAsync(page);
            await visit.ShotsAsync("agent-close");
            await page.Keyboard.PressAsync("Escape");
            await Expect(Question(page)).ToHaveCountAsync(0);
            await Expect(Dock(page)).ToBeVisibleAsync();
            await AskAsync(page);
            await page.GetByRole(AriaRole.Button, new() { Name = "Keep running" }).ClickAsync();
            await Expect(Dock(page)).ToHaveCountAsync(0);
            Assert.Equal("idle", await StateAsync(page, session));

            // The same one, from another page of the same workspace, and after the page was loaded again.
            await visit.GoAsync($"/sessions/{session}");
            await PaletteAsync(page, "@agent");
            await page.Keyboard.PressAsync("Enter");
            await Expect(Dock(page).Locator(".msg:not(.me)").Last).ToContainTextAsync("nothing to change yet", _patient);
            await page.ReloadAsync();
            await visit.ReadyAsync();
            await Expect(Dock(page).Locator(".msg:not(.me)").Last).ToContainTextAsync("nothing to change yet", _patient);
            Assert.Equal(session, await OpenSessionAsync(page));

            await AskAsync(page);
            await page.GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
            await Expect(Dock(page)).ToHaveCountAsync(0);
            Assert.Equal("ended", await StateAsync(page, session));
            await Expect(page.GetByText("Session ended. Start another one to go on.")).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task The_composer_opens_it_beside_ask_and_its_keys_stay_in_it()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await StartAsync(model);
        await CreateAsync(hub, "river-gauge-api");
        var second = await CreateAsync(hub, "tide-tables");
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/ask");
            var composer = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
            await composer.FillAsync("@");
            await Expect(page.Locator("main [data-commands] li:not([hidden])")).ToContainTextAsync("@agent");
            await composer.FillAsync("@agent sleep a while");
            await composer.PressAsync("Enter");
            await Expect(Dock(page).GetByRole(AriaRole.Heading, new() { Name = "Which workspace?" })).ToBeVisibleAsync();
            await Expect(Dock(page).Locator("[data-list=places] li")).ToHaveCountAsync(2);
            await visit.ShotsAsync("agent-choose");
            model.Enqueue(Reply.Call("exec_command", new { cmd = "sleep 600", yield_time_ms = 30000 }));
            await Dock(page).GetByRole(AriaRole.Button, new() { Name = "tide-tables" }).ClickAsync();
            var interrupt = Dock(page).GetByRole(AriaRole.Button, new() { Name = "Interrupt" });
            await Expect(interrupt).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await visit.ShotsAsync("agent-running");
            // Nothing of it became a message of Ask.
            await Expect(page.Locator("main .msg")).ToHaveCountAsync(0);

            await KeysAsync(visit, composer, interrupt);

            await page.Keyboard.PressAsync("Control+j");
            await Expect(Question(page)).ToContainTextAsync("Nothing runs in it now");
            await page.GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
            await Expect(Dock(page)).ToHaveCountAsync(0);
            await visit.GoAsync($"/workspaces/{second}");
            await Expect(page.Locator("#dock")).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task A_browser_that_is_closed_ends_what_nobody_comes_back_to()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await StartAsync(model);
        var workspace = await CreateAsync(hub, "river-gauge-api");
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync($"/workspaces/{workspace}");
            await page.Keyboard.PressAsync("Control+j");
            model.Enqueue(Reply.Text("Here I am."));
            // From Ask beside the page, which gives its place to the agent.
            await Dock(page).GetByRole(AriaRole.Textbox, new() { Name = "Message", Exact = true }).FillAsync("@agent are you there?");
            await page.Keyboard.PressAsync("Enter");
            await Expect(Dock(page).Locator(".msg:not(.me)").Last).ToContainTextAsync("Here I am.", _patient);
            await Expect(Dock(page).Locator(".conv-head")).ToContainTextAsync("Waits for a message", _patient);
            var session = await OpenSessionAsync(page);
            // Another tab of the same person shows something else: that keeps no session, and no chat stands beside it.
            var other = await visit.Context.NewPageAsync();
            await other.GotoAsync($"{hub.Url}/workspaces/{workspace}");
            await Expect(other.Locator("#dock")).ToHaveAttributeAsync("aria-label", "Ask");
            await page.CloseAsync();
            Assert.Equal("idle", await StateAsync(other, session));
            await other.GotoAsync($"{hub.Url}/sessions?workspace={workspace}&state=ended");
            await Expect(other.Locator($"main a[href='/sessions/{session}']").First).ToBeVisibleAsync(new() { Timeout = 90_000 });
        });
    }

    private static async Task KeysAsync(Visit visit, ILocator composer, ILocator interrupt)
    {
        var page = visit.Page;
        // Esc where the focus is elsewhere is not the agent's: not in a field, and not beside one.
        await composer.ClickAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Heading, new() { Name = "First steps" }).ClickAsync();
        await page.Keyboard.PressAsync("Escape");
        await Dock(page).Locator("textarea").FillAsync("draft");
        await AskAsync(page);
        await Expect(Question(page)).ToContainTextAsync("The agent is at work");
        await visit.ShotsAsync("agent-close-running");
        await page.Keyboard.PressAsync("Escape");
        await Expect(Question(page)).ToHaveCountAsync(0);
        Assert.Equal(0, await InterruptsAsync(page));
        await Dock(page).Locator("textarea").FocusAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(interrupt).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await Expect(Dock(page).Locator(".conv-head")).ToContainTextAsync("Waits for a message", _patient);
        Assert.Equal(1, await InterruptsAsync(page));
    }

    private static ILocator Dock(IPage page) => page.Locator("#dock");

    private static ILocator Question(IPage page) => page.GetByRole(AriaRole.Alertdialog, new() { Name = "End the session or keep it running?" });

    private static async Task AskAsync(IPage page)
    {
        await Dock(page).GetByRole(AriaRole.Button, new() { Name = "Close the agent's chat" }).ClickAsync();
        await Expect(Question(page)).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Keep running" })).ToBeFocusedAsync();
    }

    private static async Task PaletteAsync(IPage page, string text)
    {
        await page.Keyboard.PressAsync("Control+k");
        await page.Keyboard.TypeAsync(text);
        await Expect(page.Locator("#palette [aria-selected=true]")).ToContainTextAsync("the agent of river-gauge-api");
    }

    // Text and targets as on any other page, in the dock beside it and in the sheet on a phone.
    private static async Task RulesAsync(Visit visit)
    {
        foreach (var width in (int[])[1280, 360])
        {
            await visit.ResizeAsync(width, 800);
            Assert.Empty(await ScreenRules.OverflowAsync(visit.Page));
            Assert.Empty(await ScreenRules.FaintTextAsync(visit.Page));
            if (width == 360) Assert.Empty(await ScreenRules.SmallTargetsAsync(visit.Page));
        }
        await visit.ResizeAsync(1280, 800);
    }

    private static Task<string> OpenSessionAsync(IPage page) => page.EvaluateAsync<string>("() => JSON.parse(sessionStorage.getItem('cc.agent')).session");

    /// <summary>How often somebody interrupted the agent of the dock, by its record.</summary>
    private static async Task<int> InterruptsAsync(IPage page) => await page.EvaluateAsync<int>(
        "async (id) => (await (await fetch(`/api/v1/sessions/${id}/transcript?format=json`)).json()).records.filter((r) => r.type === 'system' && /interrupted the agent/.test(r.data.text)).length",
        await OpenSessionAsync(page));

    private static Task<string> StateAsync(IPage page, string session) => page.EvaluateAsync<string>("async (id) => (await (await fetch(`/api/v1/sessions/${id}`)).json()).state", session);

    private static Task<HubProcess> StartAsync(ScriptedModelServer model) => HubProcess.StartAsync(new Dictionary<string, string>
    {
        ["Model:Endpoint"] = model.Url,
        ["Model:Name"] = "gpt-own",
        ["OPENAI_API_KEY"] = "sk-test-hubs-own-key",
        ["Sessions:Codex:Path"] = CodexCli.Path,
    });

    private static async Task<string> CreateAsync(HubProcess hub, string title)
    {
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", $"journey-{title}", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var client = HubClient.WithToken(hub.Url, token.Trim());
        var made = await client.CallAsync("workspace.create", new JsonObject { ["title"] = title });
        Assert.True(made.Status == 200, made.Text);
        return WorkspaceId().Match(made.Text).Value;
    }

    [GeneratedRegex("ws_[0-9a-f]{32}")]
    private static partial Regex WorkspaceId();
}

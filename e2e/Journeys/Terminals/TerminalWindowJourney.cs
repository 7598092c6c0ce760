using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>A terminal's page in a browser's own ways: keys that lead out, pastes, a tab twice, a phone's finger and keyboard, a page without a network.</summary>
public sealed partial class TerminalWindowJourney(Browser browser)
{
    private static readonly LocatorAssertionsToContainTextOptions _patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToBeVisibleOptions _later = new() { Timeout = 60_000 };

    // Browsers show a page no keyboard of glass while they are driven: its part of the page is said to be covered as phones say it.
    private const string Glass = """
        const view = new EventTarget();
        let covered = 0;
        Object.defineProperties(view, { height: { get: () => innerHeight - covered }, width: { get: () => innerWidth }, offsetTop: { value: 0 }, offsetLeft: { value: 0 }, scale: { value: 1 } });
        Object.defineProperty(globalThis, 'visualViewport', { value: view });
        globalThis.cover = (pixels) => { covered = pixels; view.dispatchEvent(new Event('resize')); };
        """;

    [Fact]
    public Task The_keyboard_leads_out_of_a_terminal_and_a_paste_is_seen_first() => BeginAsync(async visit =>
    {
        var page = visit.Page;
        await page.Locator(".xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(".xterm-helper-textarea")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Control+Shift+Enter");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Give back" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Nobody is in control.")).ToBeVisibleAsync(_later);
        // Who types nothing is led on by Tab.
        await page.Locator(".xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Shift+Tab");
        await Expect(page.Locator(".xterm-helper-textarea")).Not.ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
        await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(_later);

        await PasteAsync(page, "echo pasted-$((20+3))\u000f");
        await Expect(page.GetByText("Paste text with control characters?")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-part=paste-text]")).ToHaveTextAsync("echo pasted-$((20+3))⟨U+000F⟩");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await PasteAsync(page, string.Concat(Enumerable.Range(1, 1_500).Select(i => $"echo line-{i}\n")));
        await Expect(page.GetByText("Not pasted: 1,500 lines.")).ToBeVisibleAsync();
        await PasteAsync(page, "echo a-$((1+1))\necho b-$((2+2))\n");
        await Expect(page.GetByText("Paste 2 lines?")).ToBeVisibleAsync();
        await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new() { Name = "Paste" }).ClickAsync();
        await Expect(Rows(page)).ToContainTextAsync("b-$((2+2))", _patient);
        await page.Locator(".xterm-helper-textarea").PressAsync("Enter");
        await Expect(Rows(page)).ToContainTextAsync("b-4", _patient);
        await Expect(Rows(page)).Not.ToContainTextAsync("pasted-23");

        await page.GetByRole(AriaRole.Link, new() { Name = "Transcript", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close the replay" }).FocusAsync();
        var left = false;
        for (var i = 0; i < 30 && !left; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            left = await page.EvaluateAsync<bool>("() => document.activeElement.matches('[data-part=idle]')");
            Assert.False(await page.EvaluateAsync<bool>("() => document.activeElement.matches('.xterm-helper-textarea')"));
        }
        Assert.True(left, "Tab does not lead through the replay.");
    });

    [Fact]
    public Task A_tab_that_was_duplicated_is_another_window() => BeginAsync(async visit =>
    {
        // A window that a page opens begins with a copy of its storage, as a duplicate does.
        var other = await visit.Context.RunAndWaitForPageAsync(() => visit.Page.EvaluateAsync("() => { globalThis.open(location.href); }"));
        await Expect(other.GetByText("Another window of yours is typing")).ToBeVisibleAsync(_later);
        await Expect(visit.Page.GetByText("You are in control.")).ToBeVisibleAsync();
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.GetByText("You are in control.")).ToBeVisibleAsync(_later);
        await Expect(other.GetByText("Another window of yours is typing")).ToBeVisibleAsync();
        await other.CloseAsync();
    });

    [Fact]
    public Task A_page_that_is_loaded_without_a_network_shows_the_end_of_the_transcript() => BeginAsync(async visit =>
    {
        var page = visit.Page;
        visit.Expect("ERR_INTERNET_DISCONNECTED|WebSocket|Failed to fetch|Connection disconnected|_blazor");
        await TypeAsync(page, "echo kept-$((40+2))");
        await Expect(Rows(page)).ToContainTextAsync("kept-42", _patient);
        Assert.True(await Soon.HoldsAsync(() => page.EvaluateAsync<bool>(Kept, "kept-42"), TimeSpan.FromSeconds(60)), "Nothing was kept.");
        Assert.Equal(["/css/app", "/css/tokens", "/favicon", "/js/theme", "/console/kept", "/offline/terminal"], (await page.EvaluateAsync<string[]>(Cached)).Order(Comparer<string>.Create((a, b) => Rank(a) - Rank(b))));

        await visit.Context.SetOfflineAsync(true);
        await page.ReloadAsync();
        await Expect(page.Locator("[data-part=text]")).ToContainTextAsync("kept-42");
        await Expect(page.GetByText("Offline. This is the transcript up to")).ToBeVisibleAsync();
        Assert.Empty(await ScreenRules.OverflowAsync(page));
        await visit.ShotsAsync("terminal-offline-page");
        await page.GotoAsync(visit.Site.Url + "/sessions/ags_unknown");
        await Expect(page.GetByText("Offline, and nothing of this session was kept.")).ToBeVisibleAsync();
        await page.GoBackAsync();
        await visit.Context.SetOfflineAsync(false);
        await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(_later);

        // Who signs out leaves nothing behind.
        await visit.Context.ClearCookiesAsync();
        await page.GotoAsync(visit.Site.Url + "/signin");
        Assert.True(await Soon.HoldsAsync(() => page.EvaluateAsync<bool>(Empty)), "Something is left of what was kept.");
    });

    [Fact]
    public Task A_phone_scrolls_by_a_finger_and_keeps_its_lines_under_a_keyboard() => BeginAsync(async visit =>
    {
        var page = visit.Page;
        var line = page.GetByLabel("Line for the terminal");
        await line.FillAsync("for i in $(seq 1 200); do echo row-$i; done");
        await line.PressAsync("Enter");
        await Expect(Rows(page)).ToContainTextAsync("row-200", _patient);
        await SwipeAsync(visit, 240);
        await Expect(Rows(page)).Not.ToContainTextAsync("row-200");
        await SwipeAsync(visit, -400);
        await Expect(Rows(page)).ToContainTextAsync("row-200");

        var size = await page.Locator("[data-part=size]").TextContentAsync();
        foreach (var width in (int[])[390, 360])
        {
            await visit.ResizeAsync(width, 664);
            await Expect(page.Locator("[data-part=size]")).Not.ToHaveTextAsync(size!);
            size = await page.Locator("[data-part=size]").TextContentAsync();
            await page.Locator(".xterm-helper-textarea").FocusAsync();
            await page.EvaluateAsync("() => cover(335)");
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark }) await ShotAsync(page, scheme, $"terminal-keyboard-{width}");
            var screen = await page.Locator("[data-part=screen]").BoundingBoxAsync();
            Assert.True(screen!.Height >= 100, $"The terminal has {screen.Height} px under a keyboard at {width} px.");
            var send = await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).BoundingBoxAsync();
            Assert.True(send!.Y + send.Height <= 664 - 335, "What one types with is covered.");
            await Expect(page.Locator("[data-part=size]")).ToHaveTextAsync(size!);
            Assert.True(await page.EvaluateAsync<bool>(SeesCursor), "The line that is written is not in sight.");
            // A button does not take the keyboard away.
            await page.Locator(".xterm-helper-textarea").FocusAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Ctrl, for the next key" }).TapAsync();
            await Expect(page.Locator(".xterm-helper-textarea")).ToBeFocusedAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Ctrl, for the next key" }).TapAsync();
            await page.EvaluateAsync("() => cover(0)");
            await Expect(page.Locator(".page-head")).ToBeVisibleAsync();
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark }) await ShotAsync(page, scheme, $"terminal-no-keyboard-{width}");
        }
        Assert.Equal("16px", await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('.xterm-helper-textarea')).fontSize"));
        await ReadAsync(visit);
    }, new VisitOptions(390, 844, Touch: true));

    private static async Task ReadAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.ResizeAsync(390, 844);
        await page.GetByRole(AriaRole.Link, new() { Name = "Transcript", Exact = true }).ClickAsync();
        var list = page.Locator("[data-list=records]");
        await Expect(list).ToContainTextAsync("row-200", _patient);
        Assert.Equal(0, await list.Locator("text=/\\brow-1\\b/").CountAsync());
        await Expect(list.Locator("li").Last).ToBeInViewportAsync();
        await visit.ShotsAsync("terminal-latest");
        await page.GetByRole(AriaRole.Link, new() { Name = "Earlier" }).ClickAsync();
        await Expect(list).ToContainTextAsync("for i in", _patient);
        await page.GetByRole(AriaRole.Link, new() { Name = "Latest" }).ClickAsync();
        await Expect(list).ToContainTextAsync("row-200", _patient);
        Assert.Empty(await ScreenRules.OverflowAsync(page));
        Assert.Empty(await ScreenRules.SmallTargetsAsync(page));
    }

    private async Task BeginAsync(Func<Visit, Task> stepsAsync, VisitOptions? options = null)
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Sessions:Terminal:Commands:0"] = "bash", ["Sessions:Codex:Path"] = CodexCli.Path, ["Sessions:Slots"] = "2" });
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "journey", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var client = HubClient.WithToken(hub.Url, token.Trim());
        Assert.Equal(200, (await client.CallAsync("workspace.create", new JsonObject { ["title"] = "payments-sandbox" })).Status);
        await browser.VisitAsync(hub, async visit =>
        {
            await visit.Context.AddInitScriptAsync(Glass);
            await visit.GoAsync("/sessions");
            var page = visit.Page;
            await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).Locator("visible=true").First.ClickAsync();
            await page.GetByLabel("Terminal", new() { Exact = true }).CheckAsync();
            await page.GetByLabel("Command: what the terminal runs").SelectOptionAsync("bash");
            await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
            await Expect(page).ToHaveURLAsync(SessionAddress());
            await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(_later);
            await stepsAsync(visit);
        }, options);
    }

    private static async Task SwipeAsync(Visit visit, int down)
    {
        var tools = await visit.Context.NewCDPSessionAsync(visit.Page);
        var box = (await visit.Page.Locator("[data-part=screen]").BoundingBoxAsync())!;
        var (x, y) = (box.X + (box.Width / 2), box.Y + (box.Height / 2) - (down / 4));
        object[] At(double at) => [new Dictionary<string, object> { ["x"] = x, ["y"] = at }];
        await tools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchStart", ["touchPoints"] = At(y) });
        for (var step = 1; step <= 10; step++) await tools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchMove", ["touchPoints"] = At(y + (down * step / 10.0)) });
        await tools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchEnd", ["touchPoints"] = Array.Empty<object>() });
    }

    private static async Task ShotAsync(IPage page, ColorScheme scheme, string name)
    {
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await page.ScreenshotAsync(new() { Path = Path.Combine(Visit.Pictures, $"{name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png"), Animations = ScreenshotAnimations.Disabled });
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Null });
    }

    private static async Task PasteAsync(IPage page, string text) => await page.Locator("[data-part=screen]").EvaluateAsync(
        "(screen, text) => { const data = new DataTransfer(); data.setData('text/plain', text); screen.querySelector('textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }", text);

    private static async Task TypeAsync(IPage page, string line)
    {
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.TypeAsync(line);
        await page.Keyboard.PressAsync("Enter");
    }

    private static int Rank(string path) => Array.FindIndex(["/css/app", "/css/tokens", "/favicon", "/js/theme", "/console/kept", "/offline/terminal"], path.StartsWith);

    private static ILocator Rows(IPage page) => page.Locator("[data-part=screen] .xterm-rows").First;

    internal const string Kept = """
        (text) => new Promise((resolve) => {
          const asked = indexedDB.open('controlchat-console');
          asked.onsuccess = () => {
            const database = asked.result;
            if (!database.objectStoreNames.contains('screens')) return database.close(), resolve(false);
            const all = database.transaction('screens').objectStore('screens').getAll();
            all.onsuccess = () => { database.close(); resolve(all.result.some((one) => one.text.includes(text))); };
          };
          asked.onerror = () => resolve(false);
        })
        """;

    private const string Empty = "async () => (await indexedDB.databases()).every((database) => database.name !== 'controlchat-console')";

    // Without the fingerprint of what is in them.
    private const string Cached = "async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname.replace(/\\..*$/, ''))))).flat()";

    private const string SeesCursor = """
        () => {
          const [cursor, screen] = [document.querySelector('[data-part=screen] .xterm-cursor'), document.querySelector('[data-part=screen]')].map((part) => part.getBoundingClientRect());
          return cursor.top >= screen.top - 1 && cursor.bottom <= screen.bottom + 1;
        }
        """;

    [GeneratedRegex("/sessions/ags_")]
    private static partial Regex SessionAddress();
}

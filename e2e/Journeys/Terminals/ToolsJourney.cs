using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Terminals.TerminalPage;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>What the browser gives to a terminal's page: clipboard, search, links, reading aloud and dictation, notifications, a memory of what was shown, and a place beside the chat.</summary>
public sealed class ToolsJourney(Browser browser)
{
    // The browser's own interfaces of speech and notifications, which have nobody to speak to here.
    private const string Fakes = """
        globalThis.said = [];
        globalThis.webkitSpeechRecognition = globalThis.SpeechRecognition = class {
          start() { setTimeout(() => { this.onresult({ resultIndex: 0, results: [[{ transcript: ' echo dictated-words ' }]] }); this.onend(); }, 50); }
          abort() { this.onend(); }
        };
        globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
        Object.defineProperty(globalThis, 'speechSynthesis', { value: { speaking: false, speak: ({ text }) => said.push(['spoken', text]), cancel() {} } });
        globalThis.Notification = class {
          static permission = 'default';
          static async requestPermission() { return (Notification.permission = 'granted'); }
          constructor(title, { body }) { said.push(['notified', title, body]); }
          close() {}
        };
        """;

    [Fact]
    public Task A_terminal_is_copied_pasted_into_searched_and_its_links_are_shown_before_they_are_opened() => VisitAsync(async (bed, visit) =>
    {
        var page = visit.Page;
        await visit.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"], new() { Origin = bed.Hub.Url });
        await TypeAsync(page, "clear; for i in $(seq 1 80); do echo line-$i; done; echo 'see https://elsewhere.example/path for more'");
        await SeesAsync(page, "see https://elsewhere.example/path");
        await FindAsync(visit);
        await PasteAsync(page);
        await LinkAsync(visit);
        await BesideChatAsync(visit);
    }, new VisitOptions());

    [Fact]
    public Task A_terminal_is_heard_spoken_to_and_told_of_and_remembered() => VisitAsync(async (bed, visit) =>
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Dictate" }).ClickAsync();
        await Expect(Line(page)).ToHaveValueAsync("echo dictated-words");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Expect(Rows(page)).ToContainTextAsync("dictated-words\u00a0", Patient);
        await ReadAloudAsync(page);
        await ShowKeptAsync(visit);
        await NotifyAsync(bed, visit);
    }, new VisitOptions(390, 844, Touch: true));

    private async Task VisitAsync(Func<TerminalHub, Visit, Task> steps, VisitOptions options)
    {
        await using var bed = await TerminalHub.StartAsync();
        var session = await bed.BeginAsync("bash", "--norc");
        await browser.VisitAsync(bed.Hub, async visit =>
        {
            await visit.Context.AddInitScriptAsync(Fakes);
            await OpenAsync(visit, session);
            await steps(bed, visit);
        }, options);
    }

    private static async Task FindAsync(Visit visit)
    {
        var page = visit.Page;
        var size = await page.Locator("[data-part=size]").InnerTextAsync();
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+Shift+F");
        var field = page.GetByLabel("Find in the terminal");
        await Expect(field).ToBeFocusedAsync();
        // The program is not drawn anew for it.
        Assert.Equal(size, await page.Locator("[data-part=size]").InnerTextAsync());
        await field.FillAsync("line-17");
        await SeesAsync(page, "line-17");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("line-17", await CopyAsync(page));
        await visit.ShotsAsync("terminal-find");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close the search" }).ClickAsync();
        await Expect(field).ToBeHiddenAsync();
    }

    private static async Task<string> CopyAsync(IPage page)
    {
        await page.EvaluateAsync("navigator.clipboard.writeText('nothing')");
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+Shift+C");
        var copied = "nothing";
        await Soon.HoldsAsync(async () => (copied = await page.EvaluateAsync<string>("navigator.clipboard.readText()")) != "nothing");
        return copied;
    }

    private static async Task PasteAsync(IPage page)
    {
        await page.EvaluateAsync("navigator.clipboard.writeText('echo one-$((1+0))\\necho two-$((1+1))')");
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+Shift+V");
        var dialog = page.GetByRole(AriaRole.Alertdialog, new() { Name = "Paste 2 lines?" });
        await Expect(dialog).ToContainTextAsync("echo two-$((1+1))");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await Expect(Rows(page)).Not.ToContainTextAsync("echo one");
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+Shift+V");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Paste", Exact = true }).ClickAsync();
        // A key that is pressed in the instant of the dialog's end is ahead of what is pasted.
        await SeesAsync(page, "echo two-$((1+1))");
        await page.Keyboard.PressAsync("Enter");
        await SeesAsync(page, "one-1");
        await SeesAsync(page, "two-2");
    }

    private static async Task LinkAsync(Visit visit)
    {
        var page = visit.Page;
        visit.Expect("another origin: https://elsewhere.example");
        await visit.Context.RouteAsync("https://elsewhere.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><link rel=icon href=data:,>" }));
        await TypeAsync(page, "clear; echo https://elsewhere.example/path");
        await Expect(Rows(page).Locator("> div").First).ToContainTextAsync("https://elsewhere.example/path", Patient);
        var row = (await Rows(page).Locator("> div").First.BoundingBoxAsync())!;
        Task Point(float x) => page.Mouse.MoveAsync(row.X + x, row.Y + (row.Height / 2));
        var shown = page.Locator("[data-part=link]");
        for (var x = 20; x < 90 && !await shown.IsVisibleAsync(); x += 10)
        {
            await Point(x);
            await Soon.HoldsAsync(() => shown.IsVisibleAsync(), TimeSpan.FromSeconds(1));
        }
        await Expect(shown).ToHaveTextAsync("https://elsewhere.example/path");
        var opened = new TaskCompletionSource<IPage>(TaskCreationOptions.RunContinuationsAsynchronously);
        visit.Context.Page += (_, other) => opened.TrySetResult(other);
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        var other = await opened.Task.WaitAsync(TimeSpan.FromSeconds(15));
        await other.WaitForURLAsync("https://elsewhere.example/path");
        Assert.True(await other.EvaluateAsync<bool>("opener === null"));
        await other.CloseAsync();
    }

    // The chat stands beside the terminal, which takes the room that is left.
    private static async Task BesideChatAsync(Visit visit)
    {
        var page = visit.Page;
        var size = page.Locator("[data-part=size]");
        var before = await size.InnerTextAsync();
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+Shift+Escape");
        await page.Keyboard.PressAsync("Control+j");
        await Expect(page.Locator("#dock textarea")).ToBeVisibleAsync();
        await Expect(size).Not.ToHaveTextAsync(before);
        await TypeAsync(page, "echo beside-$((3*3))");
        await SeesAsync(page, "beside-9");
        await Expect(page.Locator("#dock textarea")).ToBeVisibleAsync();
        await visit.ShotsAsync("terminal-split");
    }

    private static async Task ReadAloudAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "More", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitemcheckbox, new() { Name = "Read aloud" }).ClickAsync();
        Assert.True(await Soon.HoldsAsync(async () => (await page.EvaluateAsync<string>("JSON.stringify(said)")).Contains("dictated-words", StringComparison.Ordinal)));
        await MenuAsync(page, "For screen readers");
        await Expect(page.Locator(".xterm-accessibility")).ToContainTextAsync("dictated-words", Patient);
        await MenuAsync(page, "For screen readers");
        await Expect(page.Locator(".xterm-accessibility")).ToHaveCountAsync(0);
    }

    private static async Task MenuAsync(IPage page, string item)
    {
        var entry = page.GetByRole(AriaRole.Menuitemcheckbox, new() { Name = item });
        if (!await entry.IsVisibleAsync()) await page.GetByRole(AriaRole.Button, new() { Name = "More", Exact = true }).ClickAsync();
        await entry.ClickAsync();
    }

    // The page is there, its terminal is not: what was shown here last is shown, and up to when it goes.
    private static async Task ShowKeptAsync(Visit visit)
    {
        var page = visit.Page;
        visit.Expect("WebSocket");
        await SendAsync(page, "echo kept-$((40+2))");
        await SeesAsync(page, "kept-42");
        Assert.True(await Soon.HoldsAsync(() => page.EvaluateAsync<bool>(TerminalWindowJourney.Kept, "kept-42"), TimeSpan.FromSeconds(60)), "Nothing was kept.");
        await page.RouteWebSocketAsync("**/stream*", socket => socket.CloseAsync());
        await page.ReloadAsync();
        await SeesAsync(page, "kept-42");
        await Expect(page.GetByText("Connection lost. Showing the record up to").First).ToBeVisibleAsync(Visible);
        await page.UnrouteAllAsync();
        await page.RouteWebSocketAsync("**/stream*", socket => socket.ConnectToServer());
        await InControlAsync(page);
        await Expect(page.Locator("[data-part=lost]")).ToBeHiddenAsync();
    }

    private static async Task NotifyAsync(TerminalHub bed, Visit visit)
    {
        var page = visit.Page;
        await MenuAsync(page, "Notify me");
        await Expect(page.GetByRole(AriaRole.Menuitemcheckbox, new() { Name = "Notify me", IncludeHidden = true })).ToHaveAttributeAsync("aria-checked", "true");
        await page.EvaluateAsync("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
        Assert.Equal(202, (await bed.Owner.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{page.Url.Split('/')[^1]}", null)).Status);
        Assert.True(await Soon.HoldsAsync(async () => (await page.EvaluateAsync<string>("JSON.stringify(said)")).Contains("""["notified","The session has ended","payments-sandbox: stopped."]""", StringComparison.Ordinal), TimeSpan.FromSeconds(30)),
            await page.EvaluateAsync<string>("JSON.stringify(said)"));
        await EndedAsync(page);
    }
}

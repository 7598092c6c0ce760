using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A terminal as a person uses it: a shell in its workspace, two windows, a lost network, a phone.</summary>
public sealed partial class TerminalJourney(Browser browser)
{
    private static readonly LocatorAssertionsToContainTextOptions _patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task A_person_works_in_a_terminal_from_two_windows_and_stops_it()
    {
        await using var hub = await StartHubAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await StartAsync(visit);
            var page = visit.Page;
            await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await TypeAsync(page, "echo one-$((40+2))");
            await Expect(Rows(page)).ToContainTextAsync("one-42", _patient);
            await ResizeAsync(visit);
            await ReloadAsync(page);
            await visit.ShotsAsync("terminal");
            await LoseNetworkAsync(visit);
            await TakeOverAsync(visit);
            await LeaveAsync(page);
            await ReadAsync(visit);
            await StopAsync(visit);
        });
    }

    [Fact]
    public async Task A_phone_has_keys_a_line_to_write_in_and_no_tab_bar()
    {
        await using var hub = await StartHubAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await StartAsync(visit);
            var page = visit.Page;
            await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await Expect(page.Locator(".tabbar")).ToBeHiddenAsync();
            await page.GetByLabel("Line for the terminal").FillAsync("echo by-thumb-$((1+1))");
            await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
            await Expect(Rows(page)).ToContainTextAsync("by-thumb-2", _patient);
            await page.GetByLabel("Line for the terminal").FillAsync("sleep 500");
            await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Ctrl C, interrupt" }).ClickAsync();
            await Expect(Rows(page)).ToContainTextAsync("^C", _patient);
            Assert.Empty(await ScreenRules.OverflowAsync(page));
            Assert.Empty(await ScreenRules.SmallTargetsAsync(page));
            await visit.ShotsAsync("terminal-phone");
            await page.GetByRole(AriaRole.Button, new() { Name = "Panic stop" }).ClickAsync();
            await Expect(page.GetByText("Ends this session now")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "End it now" }).ClickAsync();
            await Expect(page.GetByText("The session has ended. This is its record.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        }, new VisitOptions(390, 844, Touch: true));
    }

    private static async Task<HubProcess> StartHubAsync()
    {
        var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["Sessions:Terminal:Commands:0"] = "bash",
            ["Sessions:Codex:Path"] = CodexCli.Path,
            ["Sessions:Slots"] = "2",
        });
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "journey", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var client = HubClient.WithToken(hub.Url, token.Trim());
        var made = await client.CallAsync("workspace.create", new JsonObject { ["title"] = "payments-sandbox" });
        Assert.True(made.Status == 200, made.Text);
        return hub;
    }

    private static async Task StartAsync(Visit visit)
    {
        await visit.GoAsync("/sessions");
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).Locator("visible=true").First.ClickAsync();
        await page.GetByLabel("Terminal", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Command: what the terminal runs").SelectOptionAsync("bash");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(SessionAddress());
    }

    private static async Task ResizeAsync(Visit visit)
    {
        var page = visit.Page;
        var size = page.Locator("[data-part=size]");
        var before = await size.InnerTextAsync();
        await visit.ResizeAsync(1000, 700);
        await Expect(size).Not.ToHaveTextAsync(before);
        await TypeAsync(page, "stty size | sed 's/^/size /'");
        await Expect(Rows(page)).ToContainTextAsync(SizeLine(), _patient);
        var said = SizeLine().Match(Text(await Rows(page).InnerTextAsync()));
        await Expect(size).ToHaveTextAsync($"{said.Groups[2].Value} × {said.Groups[1].Value}");
        await visit.ResizeAsync(1280, 800);
    }

    private static async Task ReloadAsync(IPage page)
    {
        await TypeAsync(page, "echo before-reload");
        await Expect(Rows(page)).ToContainTextAsync("before-reload", _patient);
        await Expect(page.Locator("[data-part=screen] .xterm-rows")).ToContainTextAsync("one-42");
        var before = Text(await Rows(page).InnerTextAsync());
        await page.ReloadAsync();
        await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(Rows(page)).ToContainTextAsync("before-reload", _patient);
        Assert.Equal(before, Text(await Rows(page).InnerTextAsync()));
    }

    private static async Task LoseNetworkAsync(Visit visit)
    {
        var page = visit.Page;
        visit.Expect("ERR_INTERNET_DISCONNECTED|WebSocket|Failed to fetch|Connection disconnected|_blazor");
        await visit.Context.SetOfflineAsync(true);
        await Expect(page.GetByText("Offline. Showing the record up to").First).ToBeVisibleAsync();
        await page.Locator(".xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("x");
        await Expect(page.GetByText("Not sent: the terminal is not connected.")).ToBeVisibleAsync();
        await visit.ShotsAsync("terminal-offline");
        await visit.Context.SetOfflineAsync(false);
        await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await TypeAsync(page, "echo after-offline");
        await Expect(Rows(page)).ToContainTextAsync("after-offline", _patient);
    }

    private static async Task TakeOverAsync(Visit visit)
    {
        var other = await visit.Context.NewPageAsync();
        await other.GotoAsync(visit.Page.Url);
        await Expect(other.GetByText("Another window of yours is typing")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(Rows(other)).ToContainTextAsync("after-offline", _patient);
        await other.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
        await Expect(other.GetByText("You are in control.")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByText("Another window of yours is typing")).ToBeVisibleAsync();
        await TypeAsync(other, "echo by-the-second");
        await Expect(Rows(visit.Page)).ToContainTextAsync("by-the-second", _patient);
        await visit.ShotsAsync("terminal-watching");
        await other.CloseAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
        await Expect(visit.Page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
    }

    private static async Task LeaveAsync(IPage page)
    {
        await page.Locator(".xterm-helper-textarea").FocusAsync();
        await page.Keyboard.PressAsync("Control+k");
        await Expect(page.Locator("#palette")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("Control+Shift+Escape");
        await page.Keyboard.PressAsync("Control+k");
        await Expect(page.Locator("#palette")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task ReadAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Transcript", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-list=records]")).ToContainTextAsync("one-42", _patient);
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        await page.GetByLabel("Speed").SelectOptionAsync("16");
        await Expect(page.Locator(".term-replay .xterm-rows")).ToContainTextAsync("by-the-second", _patient);
        await visit.ShotsAsync("terminal-transcript");
        await page.GetByLabel("Search this transcript").FillAsync("before-reload");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("[data-list=records] em").First).ToHaveTextAsync("before-reload");
        await page.GetByRole(AriaRole.Link, new() { Name = "Details", Exact = true }).ClickAsync();
        await Expect(page.Locator("main dl")).ToContainTextAsync("bash");
        await visit.ShotsAsync("terminal-details");
    }

    private static async Task StopAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Terminal", Exact = true }).ClickAsync();
        await Expect(page.GetByText("You are in control.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop session" }).ClickAsync();
        await Expect(page.GetByText("The session has ended. This is its record.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(Rows(page)).ToContainTextAsync("by-the-second");
        await visit.ShotsAsync("terminal-ended");
    }

    private static async Task TypeAsync(IPage page, string line)
    {
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.TypeAsync(line);
        await page.Keyboard.PressAsync("Enter");
    }

    private static ILocator Rows(IPage page) => page.Locator("[data-part=screen] .xterm-rows").First;

    private static string Text(string rows) => rows.Replace('\u00a0', ' ').TrimEnd();

    [GeneratedRegex("/sessions/ags_")]
    private static partial Regex SessionAddress();

    [GeneratedRegex(@"size (\d+) (\d+)")]
    private static partial Regex SizeLine();
}

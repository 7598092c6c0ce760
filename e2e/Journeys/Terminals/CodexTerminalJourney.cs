using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Terminals.TerminalPage;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>Codex's own interface, the real one, in the browser: at a desk by its keyboard, on a phone by the key bar and the line below.</summary>
public sealed partial class CodexTerminalJourney(Browser browser)
{
    // Of a screen Codex draws anew only the characters that changed: these are nowhere else.
    private const string Answer = "ÞÆØÐßÆÞØÐ";
    private const string Command = "echo painted > painted.txt";

    [Fact]
    public Task Codex_is_driven_at_a_desk() => DriveAsync(new VisitOptions(), async visit =>
    {
        var page = visit.Page;
        await page.Locator("[data-part=screen] .xterm-helper-textarea").FocusAsync();
        await page.Keyboard.TypeAsync("Say something rare");
        await SeesAsync(page, "Say something rare");
        await page.Keyboard.PressAsync("Enter");
    }, async page => await page.Keyboard.PressAsync("ArrowDown"), async page => await page.Keyboard.PressAsync("ArrowUp"), async page => await page.Keyboard.PressAsync("Enter"), LeaveByWordAsync);

    [Fact]
    public Task Codex_is_driven_by_thumb() => DriveAsync(new VisitOptions(390, 844, Touch: true), async visit =>
    {
        Assert.Empty(await ScreenRules.OverflowAsync(visit.Page));
        Assert.Empty(await ScreenRules.SmallTargetsAsync(visit.Page));
        await SendAsync(visit.Page, "Say something rare");
    }, page => KeyAsync(page, "Down"), page => KeyAsync(page, "Up"), page => page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync(), LeaveByKeysAsync);

    private async Task DriveAsync(VisitOptions options, Func<Visit, Task> askAsync, Func<IPage, Task> down, Func<IPage, Task> up, Func<IPage, Task> enter, Func<IPage, Func<IPage, Task>, Task> leaveAsync)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var bed = await TerminalHub.StartAsync(("Model:Endpoint", model.Url), ("Model:Name", "gpt-own"), ("OPENAI_API_KEY", "sk-test-hubs-own-key"));
        model.Handler = Say;
        await browser.VisitAsync(bed.Hub, async visit =>
        {
            var page = visit.Page;
            var session = await StartAsync(visit);
            await SeesAsync(page, "Ask Codex to do anything");
            await askAsync(visit);
            await EnterUntilAsync(page, enter, () => model.Requests.Count > 0);
            await SeesAsync(page, Answer);
            Assert.Contains("Say something rare", model.Requests[0].Request.Raw, StringComparison.Ordinal);
            Assert.Equal(0, await CutAsync(page));
            await visit.ShotsAsync($"terminal-codex-{options.Width}");
            await ChooseAsync(visit, model, down, up, enter);
            await leaveAsync(page, enter);
            await EndedAsync(page);
            Assert.True(await Soon.HoldsAsync(async () => await bed.StateAsync(session) == "ended", TimeSpan.FromSeconds(20)));
            await visit.ShotsAsync($"terminal-codex-{options.Width}-ended");
        }, options);
    }

    // Codex asks for more than it was told to: a title, and what the next question may be.
    private static Reply Say(ModelRequest request)
    {
        if (!request.LastUser.Contains("Paint", StringComparison.Ordinal) || !request.Tools.Contains("exec_command")) return Reply.Text($"{Answer}.");
        return request.Results.Count > 0 ? Reply.Text("Painted it.") : Reply.Call("exec_command", new { cmd = Command, sandbox_permissions = "require_escalated", justification = "The journey paints." });
    }

    private static async Task<string> StartAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/sessions");
        await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).Locator("visible=true").First.ClickAsync();
        await page.GetByLabel("Terminal", new() { Exact = true }).CheckAsync();
        await Expect(page.GetByLabel("Command: what the terminal runs")).ToHaveValueAsync("codex");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(SessionAddress());
        await InControlAsync(page);
        return page.Url.Split('/')[^1];
    }

    // What Codex asks before it runs something outside of its sandbox: a menu.
    private static async Task ChooseAsync(Visit visit, ScriptedModelServer model, Func<IPage, Task> down, Func<IPage, Task> up, Func<IPage, Task> enter)
    {
        var page = visit.Page;
        var before = model.Requests.Count;
        await SendOrTypeAsync(page, "Paint");
        await EnterUntilAsync(page, enter, () => model.Requests.Count > before);
        await SeesAsync(page, "1. Yes");
        await Expect(Rows(page)).ToContainTextAsync(Chosen(1), Patient);
        await down(page);
        await Expect(Rows(page)).ToContainTextAsync(Chosen(2), Patient);
        await visit.ShotsAsync($"terminal-codex-menu-{page.ViewportSize!.Width}");
        await up(page);
        await Expect(Rows(page)).ToContainTextAsync(Chosen(1), Patient);
        await enter(page);
        await SeesAsync(page, "Painted it.");
    }

    // How many pixels of the last line are not to be seen.
    private static Task<int> CutAsync(IPage page) => page.EvaluateAsync<int>("""
        () => {
          const [screen, rows] = ['[data-part=screen]', '[data-part=screen] .xterm-rows > div:last-child'].map((part) => document.querySelector(part).getBoundingClientRect());
          return Math.max(0, Math.round(rows.bottom - screen.bottom));
        }
        """);

    private static Regex Chosen(int number) => new($"› {number}\\.".Replace(" ", "[\\s\u00a0]", StringComparison.Ordinal));

    private static async Task SendOrTypeAsync(IPage page, string text)
    {
        if (await Line(page).IsVisibleAsync()) await SendAsync(page, text);
        else
        {
            await page.Keyboard.TypeAsync(text);
            await SeesAsync(page, text);
        }
    }

    // It takes Enter right behind many keys for a line of a pasted text.
    private static async Task EnterUntilAsync(IPage page, Func<IPage, Task> enter, Func<bool> isDone)
    {
        for (var i = 0; i < 20; i++)
        {
            if (await Soon.HoldsAsync(() => Task.FromResult(isDone()), TimeSpan.FromSeconds(2))) return;
            await enter(page);
        }
        Assert.Fail("Codex asked the model nothing.");
    }

    private static async Task LeaveByWordAsync(IPage page, Func<IPage, Task> enter)
    {
        await page.Keyboard.TypeAsync("/quit");
        await SeesAsync(page, "/quit");
        await page.WaitForTimeoutAsync(300);
        await enter(page);
    }

    private static Task LeaveByKeysAsync(IPage page, Func<IPage, Task> enter) => KeyAsync(page, "Ctrl C, interrupt");

    [GeneratedRegex("/sessions/ags_[0-9a-f]+$")]
    private static partial Regex SessionAddress();
}

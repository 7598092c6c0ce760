using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Every page with something on it: no larger than its window, nothing too small for a finger, no faint text.</summary>
public sealed class ScreenRulesJourney(Browser browser)
{
    private static readonly (int Width, int Height)[] _windows = [(1280, 800), (1280, 720), (1024, 800), (768, 800), (390, 800), (360, 740), (320, 800)];

    [Fact]
    public async Task No_page_is_larger_than_its_window()
    {
        await EachPageAsync(new VisitOptions(), async (visit, name) =>
        {
            var faults = new List<string>();
            foreach (var (width, height) in _windows)
            {
                await visit.ResizeAsync(width, height);
                faults.AddRange((await ScreenRules.OverflowAsync(visit.Page)).Select(fault => $"{name} at {width}x{height}: {fault}"));
            }
            await visit.ResizeAsync(1280, 800);
            return faults;
        }, "/workspaces", "/approvals", "/audit", "/settings", "/operations");
    }

    [Theory]
    [InlineData(390)]
    [InlineData(320)]
    public async Task Everything_a_finger_hits_on_a_phone_is_44_px(int width)
    {
        await EachPageAsync(new VisitOptions(Width: width, Height: 800, Touch: true), async (visit, name) =>
            [.. (await ScreenRules.OverflowAsync(visit.Page)).Concat(await ScreenRules.SmallTargetsAsync(visit.Page)).Select(fault => $"{name}: {fault}")]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_text_is_faint(bool dark)
    {
        await EachPageAsync(new VisitOptions(Dark: dark), async (visit, name) =>
            [.. (await ScreenRules.FaintTextAsync(visit.Page)).Select(fault => $"{name}: {fault}")]);
    }

    // The rules are only worth something when they notice.
    [Theory]
    [InlineData("<div id=made></div>", "made.style.width = '3000px'; made.style.height = '9px'", 1)]
    [InlineData("<div id=made></div>", "made.style.position = 'absolute'; made.style.width = '9px'; made.style.height = '9px'", 1)]
    [InlineData("<button id=made>x</button>", "made.style.all = 'initial'; made.style.position = 'fixed'; made.style.top = '100px'; made.style.left = '100px'; made.style.zIndex = 99; made.style.fontSize = '12px'", 2)]
    [InlineData("<p id=made>faint</p>", "made.style.color = '#999'; made.style.background = '#aaa'", 3)]
    public async Task A_breach_is_noticed(string markup, string look, int rule)
    {
        await using var hub = await HubProcess.StartAsync();
        await browser.VisitAsync(hub, async visit =>
        {
            await visit.GoAsync("/not-found");
            await visit.Page.EvaluateAsync($"([markup]) => {{ document.body.insertAdjacentHTML('beforeend', markup); const made = document.getElementById('made'); {look}; }}", new[] { markup });
            var faults = rule switch { 1 => await ScreenRules.OverflowAsync(visit.Page), 2 => await ScreenRules.SmallTargetsAsync(visit.Page), _ => await ScreenRules.FaintTextAsync(visit.Page) };
            Assert.Contains(faults, fault => fault.Contains("made", StringComparison.Ordinal));
        }, new VisitOptions(Width: 390, Height: 800, Touch: true));
    }

    /// <param name="docks">Other pages than the first with a conversation docked beside them.</param>
    private async Task EachPageAsync(VisitOptions options, Func<Visit, string, Task<List<string>>> judge, params string[] docks)
    {
        await using var hub = await FurnishedHub.MakeAsync();
        var faults = new List<string>();
        await hub.VisitAsync(browser, options, async visit =>
        {
            foreach (var place in hub.Pages.Concat(hub.Overlays).Where(place => place.IsAt(options.Width)))
            {
                await place.GoAsync(visit);
                faults.AddRange(await judge(visit, place.ToString()));
            }
            var first = $"/workspaces/{hub.Workspace}";
            await visit.Page.EvaluateAsync("() => localStorage.removeItem('cc.dock')");
            await visit.GoAsync($"/c/{hub.Conversation}");
            foreach (var path in (string[])[first, .. docks])
            {
                // Within the circuit, which knows the conversation.
                await visit.Page.EvaluateAsync("path => Blazor.navigateTo(path)", path);
                await Expect(visit.Page).ToHaveURLAsync(visit.Site.Url + path);
                await visit.Page.Locator("main h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
                if (path == first) await visit.Page.Keyboard.PressAsync("Control+j");
                await Expect(visit.Page.Locator("#dock .msg").Last).ToBeVisibleAsync();
                faults.AddRange(await judge(visit, $"the dock at {path}"));
            }
        });
        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct()));
    }
}

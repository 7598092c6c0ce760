using System.Text.Json.Nodes;
using ControlChat.Faults;
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
            [.. (await ScreenRules.SmallTargetsAsync(visit.Page)).Select(fault => $"{name}: {fault}")]);
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
        await using var bed = await Bed.MakeAsync();
        await VisitAsync(bed, new VisitOptions(Width: 390, Height: 800, Touch: true), async visit =>
        {
            await visit.GoAsync("/not-found");
            await visit.Page.EvaluateAsync($"([markup]) => {{ document.body.insertAdjacentHTML('beforeend', markup); const made = document.getElementById('made'); {look}; }}", new[] { markup });
            var faults = rule switch { 1 => await ScreenRules.OverflowAsync(visit.Page), 2 => await ScreenRules.SmallTargetsAsync(visit.Page), _ => await ScreenRules.FaintTextAsync(visit.Page) };
            Assert.Contains(faults, fault => fault.Contains("made", StringComparison.Ordinal));
        });
    }

    /// <param name="docks">Other pages than the first with a conversation docked beside them.</param>
    private async Task EachPageAsync(VisitOptions options, Func<Visit, string, Task<List<string>>> judge, params string[] docks)
    {
        await using var bed = await Bed.MakeAsync(("Sessions:Codex:Path", "/nowhere/codex"));
        var pages = await FurnishAsync(bed);
        var faults = new List<string>();
        await VisitAsync(bed, options, async visit =>
        {
            foreach (var path in pages)
            {
                await visit.GoAsync(path);
                await visit.Page.Locator("h1:visible").First.WaitForAsync();
                faults.AddRange(await judge(visit, path));
            }
            await visit.Page.Keyboard.PressAsync("Control+k");
            await Expect(visit.Page.Locator("#palette [role=option]").First).ToBeVisibleAsync();
            faults.AddRange(await judge(visit, "the palette"));
            await visit.Page.Keyboard.PressAsync("Escape");
            await visit.GoAsync(pages[3]);
            foreach (var path in (string[])[pages[2], .. docks])
            {
                // Within the circuit, which knows the conversation.
                await visit.Page.EvaluateAsync("path => Blazor.navigateTo(path)", path);
                await Expect(visit.Page).ToHaveURLAsync(visit.Site.Url + path);
                await visit.Page.Locator("main h1").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
                if (path == pages[2]) await visit.Page.Keyboard.PressAsync("Control+j");
                await Expect(visit.Page.Locator("#dock .msg").Last).ToBeVisibleAsync();
                faults.AddRange(await judge(visit, $"the dock at {path}"));
            }
        });
        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct()));
    }

    private Task VisitAsync(Bed bed, VisitOptions options, Func<Visit, Task> steps) => Task.Run(async () =>
    {
        var (code, link, errors) = await bed.Hub.RunAsync("login-link");
        Assert.True(code == 0, errors);
        await browser.VisitAsync(new Site(bed.Hub.Url, new Uri(link.Trim()), bed.Hub.Tail, bed.Hub.Broken), steps, options);
    });

    /// <returns>The pages, with something on each.</returns>
    private static async Task<string[]> FurnishAsync(Bed bed)
    {
        foreach (var title in (string[])["river-gauge-api", "snowpack-ensemble-with-a-name-that-is-long", "lidar-tiles-north"]) await bed.CreateWorkspaceAsync(title);
        var put = await bed.CreateWorkspaceAsync("wind-farm-siting");
        await bed.Person.CallAsync("workspace.tag", new JsonObject { ["workspace_id"] = put, ["add"] = new JsonArray("2026", "siting") });
        var approval = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = put });
        var done = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = await bed.CreateWorkspaceAsync("demo-march") });
        Assert.Equal(200, (await bed.ApproveAsync(done)).Status);
        var conversation = (await bed.Person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        foreach (var text in (string[])["/create flood-model", "List my workspaces", "/help", "/help", "/delete flood-model"])
            await bed.Person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = text, ["request_id"] = $"screens-{Guid.CreateVersion7():N}" });
        Assert.True(await Soon.HoldsAsync(async () => (await bed.Person.GetAsync("/api/v1/approvals?status=pending")).Json["items"]!.AsArray().Count == 2, TimeSpan.FromSeconds(30)));
        // There is no agent here: it ends at once, and says why.
        var session = (await bed.Person.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = $"screens-{Guid.CreateVersion7():N}", ["workspace_id"] = put, ["mode"] = "chat", ["initial_message"] = "Have a look at the river gauges." })).Field("id")!;
        Assert.True(await Soon.HoldsAsync(async () => (await bed.Person.GetAsync($"/api/v1/sessions/{session}")).Field("state") == "ended", TimeSpan.FromSeconds(60)));
        return ["/", "/workspaces", $"/workspaces/{put}", $"/c/{conversation}", "/approvals", $"/approvals/{approval.Id}", $"/approvals/{done.Id}", "/approvals?status=decided",
            "/sessions", "/sessions?state=ended", $"/sessions/{session}", $"/sessions/{session}?view=transcript", "/audit", "/audit/3", "/logs", "/logs?line=1", "/settings", "/settings/hub", "/settings/keys", "/settings/operator", "/operations", "/not-found"];
    }
}

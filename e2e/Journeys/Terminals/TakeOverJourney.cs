using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Terminals.TerminalPage;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>Two people at one terminal, one at a desk and one with a phone: who types is asked, refused, waited for, given back, and on the record; a panic stop ends it for both.</summary>
public sealed class TakeOverJourney(Browser browser)
{
    private const string Sleeper = "take-over-sleeper";

    [Fact]
    public async Task Another_person_asks_is_refused_and_gets_control_by_waiting()
    {
        await using var bed = await TerminalHub.StartAsync();
        var (mara, site) = await LetInAsync(bed);
        var session = await bed.BeginAsync("bash", "--norc");
        await browser.VisitAsync(bed.Hub, async desk => await browser.VisitAsync(site, async phone =>
        {
            await OpenAsync(desk, session);
            await TypeAsync(desk.Page, "PS1='> '; echo typed-at-the-desk-$((40+2))");
            await OpenAsync(phone, session, inControl: false);
            await SeesAsync(phone.Page, "typed-at-the-desk-42");
            await Expect(phone.Page.GetByText("is typing, you are watching.")).ToBeVisibleAsync(Visible);
            await Expect(desk.Page.GetByText("Mara watches.")).ToBeVisibleAsync(Visible);

            await AskAsync(phone.Page);
            await Expect(desk.Page.GetByText("Mara Kowalski asks for control.")).ToBeVisibleAsync();
            await Expect(phone.Page.GetByText("s to object.")).ToBeVisibleAsync();
            await desk.Page.GetByRole(AriaRole.Button, new() { Name = "Object" }).ClickAsync();
            await Expect(phone.Page.GetByRole(AriaRole.Button, new() { Name = "Take control" })).ToBeVisibleAsync(Visible);
            await InControlAsync(desk.Page);

            var since = Stopwatch.GetTimestamp();
            await AskAsync(phone.Page);
            await Expect(desk.Page.GetByText("Mara Kowalski asks for control.")).ToBeVisibleAsync();
            await desk.ShotsAsync("terminal-asked");
            await InControlAsync(phone.Page);
            Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 9, 60);
            await Expect(desk.Page.GetByText("Mara Kowalski is typing, you are watching.")).ToBeVisibleAsync(Visible);
            await SendAsync(phone.Page, "echo typed-by-thumb-$((1+1))");
            await SeesAsync(desk.Page, "typed-by-thumb-2");
            await desk.ShotsAsync("terminal-watching-another");

            await desk.Page.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
            await Expect(phone.Page.GetByText("asks for control.")).ToBeVisibleAsync(Visible);
            await phone.Page.GetByRole(AriaRole.Button, new() { Name = "Give back" }).ClickAsync();
            await InControlAsync(desk.Page);
            await CheckRecordAsync(bed, session, mara);
        }, new VisitOptions(390, 844, Touch: true)));
    }

    [Fact]
    public async Task A_panic_stop_from_the_phone_ends_it_for_both_and_leaves_nothing()
    {
        await using var bed = await TerminalHub.StartAsync();
        var (_, site) = await LetInAsync(bed);
        var session = await bed.BeginAsync("bash", "--norc");
        await browser.VisitAsync(bed.Hub, async desk => await browser.VisitAsync(site, async phone =>
        {
            await OpenAsync(desk, session);
            await TypeAsync(desk.Page, $"trap '' HUP TERM INT; (setsid bash -c 'exec -a {Sleeper} sleep 600' &); echo stub\"born\"; while :; do sleep 1; done");
            await SeesAsync(desk.Page, "stubborn");
            Assert.True(await Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Sleeper).Count > 0)));
            await OpenAsync(phone, session, inControl: false);
            await SeesAsync(phone.Page, "stubborn");
            await phone.Page.GetByRole(AriaRole.Button, new() { Name = "Panic stop" }).ClickAsync();
            await Expect(phone.Page.GetByText("Ends this session now")).ToBeVisibleAsync();
            await phone.ShotsAsync("terminal-panic");
            var since = Stopwatch.GetTimestamp();
            await phone.Page.GetByRole(AriaRole.Button, new() { Name = "End it now" }).ClickAsync();
            Assert.True(await Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Sleeper).Count == 0 && ProcessList.With(Path.Combine(bed.Hub.DataDirectory, "agents", session)).Count == 0)), "it left processes");
            var took = Stopwatch.GetElapsedTime(since);
            Assert.True(took < TimeSpan.FromSeconds(2), $"a panic stop took {took}");
            foreach (var page in (IPage[])[phone.Page, desk.Page])
            {
                await EndedAsync(page);
                await Expect(page.GetByText("A panic stop ended it.")).ToBeVisibleAsync(Visible);
            }
            await phone.ShotsAsync("terminal-panicked");
        }, new VisitOptions(360, 740, Touch: true)));
    }

    private static async Task<(string Account, Site Site)> LetInAsync(TerminalHub bed)
    {
        var account = await bed.LetInAsync("mara@halden.example", "Mara Kowalski");
        return (account, await bed.SiteAsync(account));
    }

    private static Task AskAsync(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();

    private static async Task CheckRecordAsync(TerminalHub bed, string session, string mara)
    {
        var owner = (await bed.Owner.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>();
        string?[] controllers = [];
        Assert.True(await Soon.HoldsAsync(async () => (controllers = await ControllersAsync(bed, session)).Length >= 3), $"on record: {string.Join(' ', controllers)}");
        Assert.Equal((IEnumerable<string?>)[owner, mara, owner], controllers);
        var audit = (await bed.Owner.GetAsync("/api/v1/audit?limit=100")).Json["items"]!.AsArray().Where(item => item!["tool"]?.GetValue<string>() == "session.control").ToList();
        // Three changes; besides, that was asked for three times and objected to once.
        Assert.Equal(7, audit.Count);
        foreach (var (why, times) in new[] { ("unanswered", 1), ("given_back", 1), ("asked", 3) })
            Assert.Equal((why, times), (why, audit.Count(item => item!.ToJsonString().Contains($"\"{why}\"", StringComparison.Ordinal))));
    }

    // The record is a moment behind.
    private static async Task<string?[]> ControllersAsync(TerminalHub bed, string session) =>
        [.. (await bed.Owner.GetAsync($"/api/v1/sessions/{session}/transcript?format=ndjson")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["rec"]!)
            .Where(record => record["type"]!.GetValue<string>() == "control").Select(record => record["data"]!["account"]?.GetValue<string>())];
}

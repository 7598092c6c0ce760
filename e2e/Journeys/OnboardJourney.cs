using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Twelve students out of a pasted table: looked at, planned, one left out, approved, watched, killed on the way and finished once; and a class by chat.</summary>
public sealed class OnboardJourney(Browser browser)
{
    private const string Net = "WebSocket|Failed to fetch|ERR_CONNECTION|net::|Connection disconnected|negotiat";
    private static readonly string[] _names =
        ["Amara Okafor", "Björn Åkesson", "Chiara Rossi", "Dmitri Petrov", "Elif Yılmaz", "Fatou Diop", "Gwen Hughes", "Haruto Sato", "Ines Carvalho", "Jonas Weber", "Kavya Nair", "Liam Murphy"];
    private static readonly Dictionary<string, string> _settings = new() { ["Hosts:PricePerHour"] = "0.10" };

    [Fact]
    public async Task Twelve_students_come_in_by_one_plan_with_one_left_out()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        await browser.VisitAsync(hub, async visit =>
        {
            await PasteAsync(visit);
            await DecideAsync(visit, shots: true);
            await Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToContainTextAsync("invited 11 people", new() { Timeout = 60_000 });
            var seen = await visit.Page.EvaluateAsync<string[]>("() => window.seenSteps");
            Assert.Contains(seen, words => words.EndsWith("of 33", StringComparison.Ordinal));
            await visit.ShotsAsync("onboard-receipt");
            await SeeAsync(visit);
        });
    }

    [Fact]
    public async Task A_hub_that_is_killed_between_two_steps_goes_on_and_invites_nobody_twice()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        await browser.VisitAsync(hub, async visit =>
        {
            visit.Expect(Net);
            await PasteAsync(visit);
            await DecideAsync(visit, shots: false);
            Assert.True(await Soon.HoldsAsync(() => Task.FromResult(Directory.Exists(hub.WorkspacesRoot) && Directory.EnumerateDirectories(hub.WorkspacesRoot).Any()), TimeSpan.FromSeconds(60)));
            await hub.KillAsync();
            await hub.StartAgainAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Receipt" })).ToContainTextAsync("invited 11 people", new() { Timeout = 60_000 });
            await SeeAsync(visit);
        });
    }

    [Fact]
    public async Task On_a_phone_a_fault_is_seen_beside_its_row_and_the_text_comes_back_after_a_reload()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        await browser.VisitAsync(hub, async visit =>
        {
            var dialog = await OpenAsync(visit);
            await dialog.GetByLabel("People").FillAsync("email,name,role\nmara@halden.example,Mara Weber,viewer\nmara@halden.example,Mara Weber,viewer\nnobody,Somebody,admin");
            await dialog.GetByLabel("A new workspace each").CheckAsync();
            await Expect(dialog.Locator("[data-person='3']")).ToContainTextAsync("in row 2 already");
            await Expect(dialog.Locator("[data-person='4']")).ToContainTextAsync("There is no such role.");
            await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Make the plan" })).ToBeDisabledAsync();
            await visit.ShotsAsync("onboard-faults", "[data-total]");
            await visit.Page.ReloadAsync();
            await visit.ReadyAsync();
            dialog = await OpenAsync(visit);
            await Expect(dialog.GetByLabel("People")).ToHaveValueAsync(new Regex("nobody,Somebody,admin$"));
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
            await Expect(dialog.Locator("[data-total]")).ToContainTextAsync("Nobody yet.");
            await visit.ShotsAsync("onboard-empty");
            await dialog.Locator("#several-file").SetInputFilesAsync(new FilePayload { Name = "class.csv", MimeType = "text/csv", Buffer = "E-Mail;Name\r\nmara@halden.example;=cmd()\r\n"u8.ToArray() });
            await Expect(dialog.Locator("[data-person='2']")).ToContainTextAsync("=cmd()");
            await visit.ShotsAsync("onboard-file", "[data-from-file]");
            await dialog.GetByLabel("People").PressSequentiallyAsync("x");
            await visit.Page.Keyboard.PressAsync("Escape");
            await Expect(dialog).ToHaveCountAsync(0);
            await visit.ShotsAsync("onboard-panel");
            dialog = await OpenAsync(visit);
            await Expect(dialog.GetByLabel("People")).ToHaveValueAsync("");
            await Expect(dialog.Locator("[data-total]")).ToContainTextAsync("Nobody yet.");
        }, new VisitOptions(Width: 360, Height: 740, Touch: true));
    }

    [Fact]
    public async Task A_class_comes_in_by_chat()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/");
            await SayAsync(page, "onboard these twelve students with a workspace and a small host each, at most € 1 an hour:\n" + Table(12));
            await Expect(page.Locator("[data-log]")).ToContainTextAsync("above the cap of 1 EUR an hour");
            await SayAsync(page, "onboard these three students with a workspace each, at most € 1 an hour:\n" + Table(3));
            var card = page.Locator("[data-decision]").Last;
            await Expect(card).ToContainTextAsync("6 steps, one decision", new() { Timeout = 30_000 });
            await Expect(card).ToContainTextAsync("At most € 1 an hour.");
            await visit.ShotsAsync("onboard-chat");
            await Approving.ApproveAsync(card);
            await Expect(page.Locator(".card.receipt").Last).ToContainTextAsync("invited 3 people", new() { Timeout = 30_000 });
            await SayAsync(page, "/onboard each\nnobody");
            await Expect(page.Locator("[data-log]")).ToContainTextAsync("Row 1: There is no e-mail address.");
        });
    }

    private static async Task PasteAsync(Visit visit)
    {
        var dialog = await OpenAsync(visit);
        await dialog.GetByLabel("People").FillAsync(Table(12));
        await dialog.GetByLabel("A new workspace each").CheckAsync();
        await dialog.GetByLabel("Host in each workspace").SelectOptionAsync("small");
        await dialog.GetByLabel("At most, in EUR an hour").FillAsync("1.5");
        await Expect(dialog.Locator("[data-total]")).ToHaveTextAsync("12 people, 36 steps, € 1.20 an hour. The plan asks for approval before anything is done.");
        await Expect(dialog.Locator("[data-person]")).ToHaveCountAsync(12);
        await visit.ShotsAsync("onboard-dialog", "[data-total]");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Make the plan" }).ClickAsync();
        await Expect(visit.Page).ToHaveURLAsync(new Regex("/approvals/apr_[0-9a-f]+$"));
    }

    private static async Task DecideAsync(Visit visit, bool shots)
    {
        var page = visit.Page;
        await Expect(page.Locator("[data-approve]")).ToHaveTextAsync("Approve € 1.20 an hour");
        await Expect(page.Locator(".facts")).ToContainTextAsync("At most € 1.5 an hour.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).First.ClickAsync();
        // Her workspace; the invitation and the host fall with it.
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Include step 7: Chiara Rossi" }).UncheckAsync();
        await Expect(page.GetByText("3 of 36 steps")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Checkbox, new() { Name = "Include step 5: bjorn.akesson@halden.example" })).ToBeCheckedAsync();
        if (shots) await visit.ShotsAsync("onboard-plan");
        await page.EvaluateAsync("""
            () => {
              window.seenSteps = [];
              new MutationObserver(() => { const told = document.querySelector('main').innerText.match(/step \d+ of \d+/i); if (told) window.seenSteps.push(told[0]); })
                .observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
            }
            """);
        await Approving.ApproveAsync(page.Locator("main"));
    }

    private static async Task SeeAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/workspaces");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(11);
        await Expect(page.GetByText("Chiara Rossi")).ToHaveCountAsync(0);
        await visit.GoAsync("/settings/people");
        await Expect(page.Locator("[data-invitation]")).ToHaveCountAsync(11);
        await Expect(page.GetByText("chiara.rossi@halden.example")).ToHaveCountAsync(0);
    }

    private static async Task<ILocator> OpenAsync(Visit visit)
    {
        await visit.GoAsync("/settings/people");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Invite several" }).ClickAsync();
        return visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Invite several people" });
    }

    private static async Task SayAsync(IPage page, string text)
    {
        await page.Locator("[data-ui=composer]").First.FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    private static string Table(int people) => "Name;E-Mail\n" + string.Join('\n', _names.Take(people).Select(n => $"{n};{Address(n)}"));

    private static string Address(string name) => name.ToLowerInvariant().Replace(' ', '.').Replace('ö', 'o').Replace('å', 'a').Replace('ı', 'i') + "@halden.example";
}

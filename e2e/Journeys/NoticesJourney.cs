using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Hub;
using ControlChat.Faults;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Two people in two browsers: what one asks for is told to the other wherever they are, and what the other decides is told back. And five hundred at once.</summary>
public sealed class NoticesJourney(Browser browser)
{
    private const string Password = "four words in a row";
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };
    private static readonly LocatorAssertionsToContainTextOptions _patiently = new() { Timeout = 30_000 };

    // The browser's own interface, which has no desktop to show anything on here; and a way to look elsewhere.
    private const string Fakes = """
        globalThis.noted = [];
        globalThis.Notification = class {
          static permission = 'default';
          static async requestPermission() { return (Notification.permission = 'granted'); }
          constructor(title, { body, tag }) { Object.assign(this, { title, body, tag }); noted.push(this); }
          close() { this.closed = true; }
        };
        try { if (localStorage.getItem('cc.notices')) Notification.permission = 'granted'; } catch { }
        globalThis.lookAway = (away) => {
          Object.defineProperty(document, 'hidden', { value: away, configurable: true });
          document.hasFocus = () => !away;
          document.dispatchEvent(new Event('visibilitychange'));
        };
        """;

    [Fact]
    public async Task What_one_asks_for_is_told_to_the_other_and_the_decision_is_told_back()
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["SignIn:Password"] = "true", ["Limits:RequestsPerMinute"] = "100000" });
        var made = await hub.RunAsync("account", "create", "--email", "ben@halden.example", "--name", "Ben Okafor", "--role", "member");
        Assert.True(made.Code == 0, made.Errors);
        await browser.VisitAsync(hub, async ada =>
        {
            await ada.Context.AddInitScriptAsync(Fakes);
            await SwitchOnAsync(ada);
            await browser.VisitAsync(hub, async ben =>
            {
                await ChoosePasswordAsync(ben, made.Output.Trim());
                await SayAsync(ben.Page, "Create a workspace called river");
                await Expect(ben.Page.Locator(".card.receipt")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
                await AskAndDecideAsync(ada, ben);
                await RemindAsync(hub, ada, ben);
            }, new VisitOptions(SignIn: false));
            await SwitchOffAsync(ada);
        });
    }

    [Fact]
    public async Task Five_hundred_at_once_are_one_notice_and_stay_usable()
    {
        await using var bed = await Bed.MakeAsync();
        var workspace = await bed.CreateWorkspaceAsync("river");
        var (code, link, errors) = await bed.Hub.RunAsync("login-link", "--account", (await bed.Person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>());
        Assert.True(code == 0, errors);
        await browser.VisitAsync(new Site(bed.Hub.Url, new Uri(link.Trim()), bed.Hub.Tail, bed.Hub.Broken), async visit =>
        {
            var page = visit.Page;
            await visit.Context.AddInitScriptAsync(Fakes);
            await SwitchOnAsync(visit);
            await visit.GoAsync("/workspaces");
            await page.EvaluateAsync("lookAway(true)");
            var since = Stopwatch.StartNew();
            await Parallel.ForAsync(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, cancellationToken) =>
                Assert.Equal(202, (await bed.Person.CallAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace }, cancellationToken: cancellationToken)).Status));
            await Expect(page.Locator(".nav .count")).ToContainTextAsync("500", _patiently);
            await NotedAsync(page, "500 approvals wait for you");
            var noted = await NotesAsync(page);
            Assert.All(noted, n => Assert.Equal("approvals-waits", n.Tag));
            Assert.InRange(noted.Count, 1, 2 + (int)(since.Elapsed.TotalSeconds / 5));
            await Expect(page.Locator(".toast")).ToHaveCountAsync(1);
            await visit.ShotsAsync("notices-flood");
            await page.EvaluateAsync("lookAway(false)");
            await StayUsableAsync(visit);
        });
    }

    private static async Task StayUsableAsync(Visit visit)
    {
        var page = visit.Page;
        var opening = Stopwatch.StartNew();
        await visit.GoAsync("/approvals");
        await Expect(page.Locator("[data-approval]")).ToHaveCountAsync(100, new() { Timeout = 30_000 });
        Assert.True(opening.Elapsed < TimeSpan.FromSeconds(20), $"The inbox took {opening.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s.");
        await visit.ShotsAsync("notices-flood-inbox");
        await page.Locator("[data-approval] a.title").First.ClickAsync();
        await page.Locator(".plan").GetByRole(AriaRole.Button, new() { Name = "Decline", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Decline this plan" }).ClickAsync();
        await Expect(page.GetByText("Declined by you at").First).ToBeVisibleAsync(_patient);
        await Expect(page.Locator(".nav .count")).ToContainTextAsync("499", _patiently);
        await page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("cursor="));
        await Expect(page.Locator("[data-approval]")).ToHaveCountAsync(100, new() { Timeout = 30_000 });
    }

    private static async Task SwitchOnAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/approvals");
        var offer = page.GetByRole(AriaRole.Button, new() { Name = "Tell me when something waits" });
        await Expect(offer).ToBeVisibleAsync(_patient);
        await visit.ShotsAsync("notices-offer");
        await offer.ClickAsync();
        await Expect(page.GetByText("You are told in this browser from now on.")).ToBeVisibleAsync(_patient);
        await NotedAsync(page, "Notifications are on");
        await visit.ShotsAsync("notices-switched-on");
    }

    private static async Task SwitchOffAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/settings");
        var setting = page.Locator("[data-setting=notices]");
        await Expect(setting).ToContainTextAsync("They are on in this browser.", _patiently);
        await visit.ShotsAsync("notices-setting", "[data-setting=notices]");
        await setting.GetByRole(AriaRole.Button, new() { Name = "Turn off" }).ClickAsync();
        await Expect(setting).ToContainTextAsync("They are off in this browser.");
    }

    /// <summary>Asked by Ben in his conversation; Ada, who looks elsewhere, is told, opens it by the notification and decides.</summary>
    private static async Task AskAndDecideAsync(Visit ada, Visit ben)
    {
        await ada.GoAsync("/workspaces");
        await ada.Page.EvaluateAsync("lookAway(true)");
        await SayAsync(ben.Page, "Archive river");
        await Expect(ben.Page.Locator("[data-waits] .plan")).ToContainTextAsync("river", _patiently);
        await Expect(Toast(ada)).ToContainTextAsync("An approval waits for you. workspace.archive.", _patiently);
        await Expect(ada.Page.Locator("[data-live=polite]")).ToContainTextAsync("An approval waits for you.", _patiently);
        await ada.ShotsAsync("notices-waits");
        await NotedAsync(ada.Page, "An approval waits for you");
        var note = (await NotesAsync(ada.Page))[^1];
        Assert.Equal(("workspace.archive.", "approvals-waits"), (note.Body, note.Tag));
        // His own card is in front of him.
        await Expect(Toast(ben)).ToHaveCountAsync(0);

        await ben.GoAsync("/workspaces");
        await ada.Page.EvaluateAsync("() => { lookAway(false); noted.at(-1).onclick(); }");
        await Expect(ada.Page).ToHaveURLAsync(new Regex("/approvals/apr_"), new() { Timeout = 30_000 });
        await Expect(ada.Page.Locator(".plan").First).ToContainTextAsync("river", _patiently);
        await Approving.ApproveAsync(ada.Page.Locator("main"));
        await Expect(ada.Page.GetByText("exactly as approved").First).ToBeVisibleAsync(_patient);
        await Expect(Toast(ben)).ToContainTextAsync("An approval was decided elsewhere. workspace.archive was approved.", _patiently);
        await ben.ShotsAsync("notices-decided");
        await Toast(ben).GetByRole(AriaRole.Button, new() { Name = "Open" }).ClickAsync();
        await Expect(ben.Page).ToHaveURLAsync(new Regex("/approvals/apr_"), new() { Timeout = 30_000 });
    }

    private static async Task RemindAsync(HubProcess hub, Visit ada, Visit ben)
    {
        await ben.GoAsync("/");
        await SayAsync(ben.Page, "Unarchive river");
        await Expect(ben.Page.Locator(".card.receipt")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await ada.GoAsync("/workspaces");
        await SayAsync(ben.Page, "Archive river");
        await Expect(ben.Page.Locator("[data-waits] .plan")).ToContainTextAsync("river", _patiently);
        await Expect(Toast(ada)).ToContainTextAsync("An approval waits for you.", _patiently);
        await ada.Page.EvaluateAsync("lookAway(true)");
        // As if three quarters of its time were over.
        await ExecuteAsync(hub, "update approvals set remind_at = created_at where status = 'pending'");
        await Expect(ada.Page.Locator(".toast", new() { HasText = "An approval ends in" })).ToContainTextAsync("workspace.archive. Nobody has decided it.", _patiently);
        await ada.ShotsAsync("notices-ends");
        Assert.True(await Soon.HoldsAsync(async () => (await NotesAsync(ada.Page)).Any(n => n.Tag == "approvals-ends"), TimeSpan.FromSeconds(30)));
        await ada.Page.EvaluateAsync("lookAway(false)");
        await ada.GoAsync("/approvals");
        await Expect(ada.Page.Locator("[data-approval] .tag.warn").First).ToContainTextAsync("Reminded", _patiently);
        await ada.ShotsAsync("notices-ends-inbox");
    }

    private static ILocator Toast(Visit visit) => visit.Page.Locator(".toast");

    private static async Task NotedAsync(IPage page, string title) => Assert.True(
        await Soon.HoldsAsync(async () => await NotesAsync(page) is [.., var last] && last.Title == title, TimeSpan.FromSeconds(30)), $"Last told was not '{title}': {string.Join(", ", (await NotesAsync(page)).Select(n => n.Title))}");

    private static async Task<IReadOnlyList<Noted>> NotesAsync(IPage page) =>
        JsonSerializer.Deserialize<Noted[]>(await page.EvaluateAsync<string>("() => JSON.stringify(noted.map(({ title, body, tag }) => ({ Title: title, Body: body, Tag: tag })))"))!;

    private static async Task ExecuteAsync(HubProcess hub, string sql)
    {
        await using System.Data.Common.DbConnection connection = hub.ConnectionString is { } server ? new NpgsqlConnection(server) : SqliteLibrary.Open(hub.DatabasePath);
        if (connection is NpgsqlConnection) await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(await command.ExecuteNonQueryAsync() > 0);
    }

    private static async Task ChoosePasswordAsync(Visit visit, string link)
    {
        await visit.Page.GotoAsync(link);
        await visit.Page.GetByLabel("New password").FillAsync(Password);
        await visit.Page.GetByLabel("Once more").FillAsync(Password);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await visit.ReadyAsync();
    }

    private static async Task SayAsync(IPage page, string text)
    {
        var composer = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await composer.FillAsync(text);
        await composer.PressAsync("Enter");
        await Expect(page.Locator(".msg.me:not(.unsent) .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync(_patient);
    }

    private sealed record Noted(string Title, string Body, string Tag);
}

using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Browsing.Person;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>
/// Two admins and a member: a policy that would lock everyone out is refused, the difference a rule makes is seen before it is saved, and what the
/// member then asks for is approved by a second person on a phone.
/// </summary>
public sealed partial class PolicyJourney(Browser browser)
{
    private const string Olga = "olga@halden.example";
    private const string Mara = "mara@halden.example";
    private const string Ben = "ben@halden.example";
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 30_000 };

    [Fact]
    public async Task A_rule_is_drafted_refused_looked_at_and_saved_and_a_second_person_approves_on_a_phone()
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["SignIn:Password"] = "true", ["Limits:RequestsPerMinute"] = "100000" });
        var links = new Dictionary<string, string>();
        foreach (var (email, name, role) in ((string, string, string)[])[(Olga, "Olga Berg", "admin"), (Mara, "Mara Kowalski", "admin"), (Ben, "Ben Okafor", "member")])
        {
            var made = await hub.RunAsync("account", "create", "--email", email, "--name", name, "--role", role);
            Assert.True(made.Code == 0, made.Errors);
            links[email] = made.Output.Trim();
        }
        var apart = new VisitOptions(SignIn: false);
        await browser.VisitAsync(hub, async ben =>
        {
            await ChoosePasswordAsync(ben, links[Ben]);
            await ArchiveAsync(ben);
            await browser.VisitAsync(hub, visit => MakeRuleAsync(visit, links, hub), apart);
            await AskAsync(ben);
            await browser.VisitAsync(hub, ApproveOnAPhoneAsync, apart with { Width = 360, Height = 720, Touch = true });
            await Expect(ben.Page.Locator(".card.receipt")).ToHaveCountAsync(4, new() { Timeout = 30_000 });
        }, apart);
        await browser.VisitAsync(hub, BeWarnedAsync, apart);
    }

    private async Task MakeRuleAsync(Visit visit, Dictionary<string, string> links, HubProcess hub)
    {
        var page = visit.Page;
        await ChoosePasswordAsync(visit, links[Olga]);
        await visit.GoAsync("/policy");
        await Expect(page.GetByText("No rules were saved.")).ToBeVisibleAsync();
        await visit.ShotsAsync("policy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a rule" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Add a rule" });
        await dialog.GetByLabel("Tool").SelectOptionAsync("workspace.archive");
        await dialog.GetByLabel("Asks for").SelectOptionAsync("second_person");
        await dialog.GetByLabel("Note").FillAsync("Projects are put away by two.");
        await visit.ShotsAsync("policy-rule");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Put it in the draft" }).ClickAsync();
        await Expect(page.Locator("[data-list=rules] [data-item]")).ToContainTextAsync("a second person approves");

        // Mara has no password yet, so nobody could answer what Olga asks for.
        await page.GetByRole(AriaRole.Button, new() { Name = "Show what would change" }).ClickAsync();
        await Expect(page.Locator("[data-refused]")).ToContainTextAsync("Nobody could approve what Olga Berg asks for");
        await visit.ShotsAsync("policy-locked-out");
        await page.GetByText("Save without looking").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-refused]")).ToContainTextAsync("Nobody could approve what Olga Berg asks for");
        await browser.VisitAsync(hub, mara => ChoosePasswordAsync(mara, links[Mara]), new VisitOptions(SignIn: false));

        await page.GetByRole(AriaRole.Button, new() { Name = "Show what would change" }).ClickAsync();
        await Expect(page.Locator("[data-simulated=done]")).ToContainTextAsync(OneWouldChange(), new() { Timeout = 30_000 });
        await Expect(page.Locator("[data-list=changes] tbody tr")).ToContainTextAsync(["river"]);
        await Expect(page.Locator("[data-list=ways]")).ToContainTextAsync("workspace.archive");
        await visit.ShotsAsync("policy-simulated", "[data-simulated=done]");
        await FullWidthBeginsAtTheStartAsync(visit, "changes");
        await page.GetByLabel("Why (optional)").FillAsync("Agreed on Friday.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-list=versions]")).ToContainTextAsync("Agreed on Friday.", new() { Timeout = 30_000 });
        await Expect(page.GetByText("Version 2").First).ToBeAttachedAsync();
        await visit.ShotsAsync("policy-saved", "[data-list=versions]");
        await FullWidthBeginsAtTheStartAsync(visit, "versions");
        // A row of the record leads on from there.
        await visit.GoAsync("/audit?event=policy.changed");
        await Expect(page.Locator("table.audit tbody tr, .audit tbody tr").First).ToBeVisibleAsync(_patient);
    }

    private static async Task FullWidthBeginsAtTheStartAsync(Visit visit, string list)
    {
        await visit.ResizeAsync(360, 740);
        Assert.All(await visit.Page.Locator($"[data-list={list}] td.wide").EvaluateAllAsync<string[]>("cells => cells.map(cell => getComputedStyle(cell).textAlign)"), align => Assert.Equal("start", align));
        await visit.ResizeAsync(1280, 800);
    }

    private static async Task ArchiveAsync(Visit visit)
    {
        var page = visit.Page;
        await SayAsync(page, "Create a workspace called river");
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await SayAsync(page, "Archive river");
        await Approving.ApproveAsync(page.Locator("[data-waits] .plan"));
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(2, new() { Timeout = 30_000 });
        await SayAsync(page, "Unarchive river");
        await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(3, new() { Timeout = 30_000 });
    }

    private static async Task AskAsync(Visit visit)
    {
        var page = visit.Page;
        await SayAsync(page, "Archive river");
        var card = page.Locator("[data-waits] .plan");
        await Expect(card).ToContainTextAsync("Projects are put away by two.", new() { Timeout = 30_000 });
        await Expect(card.Locator("[data-approve]")).ToHaveCountAsync(0);
        await visit.ShotsAsync("policy-asked", "[data-waits] .plan");
    }

    private static async Task ApproveOnAPhoneAsync(Visit visit)
    {
        var page = visit.Page;
        await SignInAsync(visit, Mara);
        await visit.GoAsync("/approvals?for=you");
        await page.Locator("[data-approval] a.title").First.ClickAsync();
        await Expect(page.Locator(".plan").First).ToContainTextAsync("Projects are put away by two.", new() { Timeout = 30_000 });
        await visit.ShotsAsync("policy-second-person");
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.GetByText("exactly as approved").First).ToBeVisibleAsync(_patient);
        await visit.GoAsync("/approvals?for=you");
        await Expect(page.GetByText("Nothing here waits for your decision")).ToBeVisibleAsync();
    }

    /// <summary>The other admin is closed: that is done, and told.</summary>
    private static async Task BeWarnedAsync(Visit visit)
    {
        var page = visit.Page;
        await SignInAsync(visit, Olga);
        await visit.GoAsync("/settings/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close Mara Kowalski" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close the account", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-policy-warning]")).ToContainTextAsync("Nobody could approve what Olga Berg asks for", new() { Timeout = 30_000 });
        await visit.ShotsAsync("policy-people-warned");
        await visit.GoAsync("/policy");
        await Expect(page.Locator("[data-policy-warning]").First).ToContainTextAsync("Olga Berg");
        await visit.ShotsAsync("policy-warned");
    }

    [GeneratedRegex("1 of 3 decisions")]
    private static partial Regex OneWouldChange();
}

using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Three people: an owner invites, an admin hands the link over, and somebody new accepts on a phone.</summary>
public sealed class InvitationsJourney(Browser browser)
{
    private const string Nora = "nora@halden.example";
    private static readonly Dictionary<string, string> _settings = new() { ["SignIn:Password"] = "true" };

    [Fact]
    public async Task An_owner_invites_an_admin_copies_the_link_and_somebody_new_is_in()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        var made = await hub.RunAsync("account", "create", "--email", "olga@halden.example", "--name", "Olga Lind", "--role", "member");
        Assert.True(made.Code == 0, made.Errors);
        var (olga, link) = ("", "");
        await browser.VisitAsync(hub, async visit => olga = await InviteAsync(visit, made.Output.Trim()), new VisitOptions(SignIn: false));
        await browser.VisitAsync(hub, async visit => link = await HandOverAsync(visit));
        await browser.VisitAsync(hub, visit => JoinAsync(visit, link), new VisitOptions(Width: 360, Height: 740, Touch: true, SignIn: false));
        await browser.VisitAsync(hub, visit => SeeAsync(visit, link), new VisitOptions(SignIn: false, StorageState: olga));
    }

    private static async Task<string> InviteAsync(Visit visit, string passwordLink)
    {
        var page = visit.Page;
        await Person.ChoosePasswordAsync(visit, passwordLink);
        await visit.GoAsync("/workspaces");
        await page.Locator("[data-ui=workspaces-new]:visible").First.ClickAsync();
        var create = page.GetByRole(AriaRole.Dialog);
        await create.GetByLabel("Title").FillAsync("river-gauge-api");
        await create.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "river-gauge-api", Exact = true }).ClickAsync();
        var part = page.Locator("[data-part=invitations]");
        await Expect(part).ToContainTextAsync("No invitation waits.");
        await part.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Invite somebody" });
        await dialog.GetByLabel("E-mail").FillAsync("Nora@Halden.example");
        await dialog.GetByLabel("Role in river-gauge-api").SelectOptionAsync("collaborator");
        await dialog.GetByLabel("A line for them (optional)").FillAsync("The gauges start on Monday");
        await visit.ShotsAsync("invite-dialog");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        await Expect(part).ToContainTextAsync($"Invite {Nora} to 'river-gauge-api' as collaborator");
        await visit.ShotsAsync("invite-plan", "[data-part=invitations]");
        await Approving.ApproveAsync(part);
        await Expect(part.Locator("[data-invitation]")).ToContainTextAsync(Nora);
        await part.GetByRole(AriaRole.Button, new() { Name = "Close this card" }).ClickAsync();
        await Expect(part.Locator("[data-invitation]")).ToContainTextAsync("7 days left");
        await visit.ShotsAsync("invite-drawer", "[data-part=invitations]");
        return await visit.StorageAsync();
    }

    private static async Task<string> HandOverAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/settings/people");
        await Expect(page.Locator("[data-invitation]")).ToContainTextAsync("to a workspace as collaborator by Olga Lind");
        await page.GetByRole(AriaRole.Button, new() { Name = $"Copy link for {Nora}" }).ClickAsync();
        await Expect(page.Locator("[data-link] code.secret")).ToContainTextAsync("/invite#t=");
        await visit.ShotsAsync("people-invitations", "[data-invitation]");
        var link = await page.Locator("[data-link] code.secret").InnerTextAsync();
        await page.Locator("[data-link]").GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(page.Locator("code.secret")).ToHaveCountAsync(0);
        return link.Trim();
    }

    private static async Task JoinAsync(Visit visit, string link)
    {
        var page = visit.Page;
        await page.GotoAsync(visit.Site.Url + "/invite");
        await Expect(page.GetByText("This address holds no whole key.")).ToBeVisibleAsync();
        await visit.ShotsAsync("invite-no-key");
        // Pasted into the same tab.
        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "You are invited" })).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(visit.Site.Url + "/invite");
        var offer = page.Locator("[data-offer]");
        foreach (var words in (string[])["river-gauge-api", "Collaborator", "Olga Lind", Nora, "The gauges start on Monday"]) await Expect(offer).ToContainTextAsync(words);
        await visit.ShotsAsync("invite-new");
        await page.GetByLabel("Your name").FillAsync("Nora Berg");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Person.Password);
        await page.GetByLabel("Once more").FillAsync("another one");
        visit.Expect("status of 422");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make my account and accept" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The two passwords differ.");
        await Expect(page.GetByLabel("Your name")).ToHaveValueAsync("Nora Berg");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Person.Password);
        await page.GetByLabel("Once more").FillAsync(Person.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make my account and accept" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/workspaces/ws_[0-9a-f]+$"));
        await visit.ReadyAsync();
        await Expect(page.Locator("[data-part=people]")).ToContainTextAsync("Nora Berg");
        // A collaborator invites nobody.
        await Expect(page.Locator("[data-part=invitations]")).ToHaveCountAsync(0);
    }

    private static async Task SeeAsync(Visit visit, string link)
    {
        var page = visit.Page;
        visit.Expect("status of 410");
        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This link opens nothing" })).ToBeVisibleAsync();
        await visit.ShotsAsync("invite-gone");
        await visit.GoAsync("/workspaces");
        await page.GetByRole(AriaRole.Link, new() { Name = "river-gauge-api", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-part=people]")).ToContainTextAsync("Nora Berg");
        var part = page.Locator("[data-part=invitations]");
        await part.GetByLabel("Which invitations").SelectOptionAsync("accepted");
        await Expect(part.Locator("[data-invitation]")).ToContainTextAsync("accepted by Nora Berg");
        await page.GotoAsync(visit.Site.Url + "/invite");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No invitation waits for you" })).ToBeVisibleAsync();
        await visit.ShotsAsync("invite-none");
    }
}

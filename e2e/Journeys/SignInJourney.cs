using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>People in a real browser: an admin makes an account, its person chooses a password, proves it once more, and is shut out of an open page.</summary>
public sealed class SignInJourney(Browser browser)
{
    private const string Email = "mara@halden.example";
    private const string Password = "four words in a row";

    private static readonly Dictionary<string, string> _settings = new()
    {
        ["SignIn:Password"] = "true",
        ["SignIn:Providers:0:Name"] = "Microsoft Entra ID",
        ["SignIn:Providers:0:Authority"] = "http://127.0.0.1:9",
        ["SignIn:Providers:0:ClientId"] = "hub",
    };

    [Fact]
    public async Task A_person_gets_an_account_signs_in_proves_it_again_and_loses_it()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        var link = "";
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await visit.GoAsync("/settings/people");
            await page.GetByLabel("E-mail", new() { Exact = true }).FillAsync(Email);
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Mara Kowalski");
            await page.GetByLabel("Role", new() { Exact = true }).SelectOptionAsync("admin");
            await page.GetByRole(AriaRole.Button, new() { Name = "Make an account" }).ClickAsync();
            link = await page.Locator("code.secret").InnerTextAsync();
            await visit.ShotsAsync("people");
            await visit.GoAsync("/settings/sign-in");
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Connect Microsoft Entra ID" })).ToBeVisibleAsync();
            await visit.ShotsAsync("settings-sign-in");
        });
        await browser.VisitAsync(hub, visit => EnterAsync(visit, link), new VisitOptions(SignIn: false));
        await browser.VisitAsync(hub, visit => LoseAsync(visit, hub), new VisitOptions(SignIn: false));
    }

    private static async Task EnterAsync(Visit visit, string link)
    {
        var page = visit.Page;
        visit.Expect("status of (401|422)");
        await page.GotoAsync(link[..^1]);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This address is not whole.");
        await visit.ShotsAsync("open-link");
        // Only what stands behind the "#" is another: nothing is loaded anew.
        await page.GotoAsync(link);
        await Expect(page.GetByLabel("New password")).ToBeVisibleAsync();
        Assert.Equal(visit.Site.Url + "/set-password", page.Url);
        await visit.ShotsAsync("set-password");
        await page.GetByLabel("New password").FillAsync("password1234");
        await page.GetByLabel("Once more").FillAsync("password1234");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("one of the first that would be tried");
        await page.GetByLabel("New password").FillAsync(Password);
        await page.GetByLabel("Once more").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await visit.ReadyAsync();

        await visit.GoAsync("/settings/keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out of this browser" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await visit.ShotsAsync("signin");
        await page.GotoAsync(visit.Site.Url + "/audit?tool=config.set");
        await page.GetByLabel("E-mail").FillAsync(Email);
        await page.GetByLabel("Password").FillAsync("not this one, no");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("E-mail or password is wrong.");
        await visit.ShotsAsync("signin-wrong");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(visit.Site.Url + "/audit?tool=config.set");
        await page.GotoAsync(visit.Site.Url + "/signin?again=1&returnUrl=/settings");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in again" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("E-mail")).ToHaveValueAsync(Email);
        await visit.ShotsAsync("signin-again");
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(visit.Site.Url + "/settings");
    }

    private static async Task LoseAsync(Visit visit, HubProcess hub)
    {
        var page = visit.Page;
        await page.GotoAsync(visit.Site.Url + "/workspaces");
        await page.GetByLabel("E-mail").FillAsync(Email);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await visit.ReadyAsync();
        var closed = await hub.RunAsync("account", "close", Email);
        Assert.True(closed.Code == 0, closed.Errors);
        // The open page is told without a click, at the next look of the circuit.
        await Expect(page).ToHaveURLAsync(visit.Site.Url + "/signin?returnUrl=%2Fworkspaces", new() { Timeout = 45_000 });
    }
}

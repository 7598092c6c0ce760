using ControlChat.Core.Hub;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Npgsql;
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
            await ExecuteAsync(hub, "insert into account_identities (issuer, subject, account_id, linked_at) select 'https://login.example/v2.0', 'aiko.tanaka', id, '2026-01-01T00:00:00.000Z' from accounts where email is null");
            await visit.GoAsync("/settings/sign-in");
            await page.GetByRole(AriaRole.Button, new() { Name = "Disconnect https://login.example/v2.0" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("You have no other way in.");
            await visit.ShotsAsync("settings-sign-in-only-way");
        });
        await browser.VisitAsync(hub, visit => EnterAsync(visit, link), new VisitOptions(SignIn: false));
        await browser.VisitAsync(hub, visit => LoseAsync(visit, hub), new VisitOptions(SignIn: false));
    }

    [Fact]
    public async Task What_has_power_asks_for_a_fresh_sign_in_and_comes_back_to_what_was_open()
    {
        await using var hub = await HubProcess.StartAsync(_settings);
        var made = await hub.RunAsync("account", "create", "--email", Email, "--name", "Mara Kowalski", "--role", "admin");
        Assert.True(made.Code == 0, made.Errors);
        await browser.VisitAsync(hub, visit => ProveAgainAsync(visit, hub, made.Output.Trim()), new VisitOptions(SignIn: false));
        // Where people come by a link, another one from the hub's machine is the proof.
        await browser.VisitAsync(hub, visit => ProveAgainByLinkAsync(visit, hub));
    }

    private static async Task ProveAgainAsync(Visit visit, HubProcess hub, string link)
    {
        var page = visit.Page;
        await page.GotoAsync(link);
        await page.GetByLabel("New password").FillAsync(Password);
        await page.GetByLabel("Once more").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await visit.ReadyAsync();
        await AgeAsync(hub);
        await visit.GoAsync("/settings/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a password link for Mara Kowalski" }).ClickAsync();
        await Expect(page.GetByLabel("Also revoke their API tokens now")).ToBeCheckedAsync();
        await visit.ShotsAsync("people-reset");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the link" }).ClickAsync();
        await Expect(page.Locator("[data-sign-in-again]")).ToContainTextAsync("This asks for a fresh sign-in.");
        await visit.ShotsAsync("people-sign-in-again");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in again" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in again" })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("E-mail")).ToHaveValueAsync(Email);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(visit.Site.Url + "/settings/people");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the link" }).ClickAsync();
        await Expect(page.Locator("code.secret")).ToContainTextAsync("/set-password#t=");
        // Once: the next time the page opens as it is.
        await visit.GoAsync("/settings/people");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Make the link" })).ToHaveCountAsync(0);
    }

    private static async Task ProveAgainByLinkAsync(Visit visit, HubProcess hub)
    {
        var page = visit.Page;
        await AgeAsync(hub);
        await visit.GoAsync("/settings/keys");
        await page.GetByLabel("Name").FillAsync("nightly build");
        await page.GetByLabel("May", new() { Exact = true }).SelectOptionAsync("write");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in again" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in again" })).ToBeVisibleAsync();
        await visit.ShotsAsync("signin-again-by-link");
        var link = await hub.RunAsync("login-link", "--account", await OwnerAsync(hub));
        Assert.True(link.Code == 0, link.Errors);
        var other = await visit.Context.NewPageAsync();
        await other.GotoAsync(link.Output.Trim());
        await other.Locator("[data-ready]").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await other.CloseAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "I opened a new link: go on" }).ClickAsync();
        await visit.ReadyAsync();
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("nightly build");
        await Expect(page.GetByLabel("May", new() { Exact = true })).ToHaveValueAsync("write");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a token" }).ClickAsync();
        await Expect(page.Locator("code.secret")).ToContainTextAsync("cct_");
    }

    private static async Task<string> OwnerAsync(HubProcess hub) =>
        (await hub.RunAsync("account", "list")).Output.Split('\n').Single(l => l.Length > 0 && !l.Contains(Email, StringComparison.Ordinal)).Split('\t')[0];

    // Hours go by.
    private static Task AgeAsync(HubProcess hub) => ExecuteAsync(hub, "update auth_sessions set auth_time = '2026-01-01T00:00:00.000Z'");

    private static async Task ExecuteAsync(HubProcess hub, string sql)
    {
        await using System.Data.Common.DbConnection connection = hub.ConnectionString is { } server ? new NpgsqlConnection(server) : SqliteLibrary.Open(hub.DatabasePath);
        if (connection is NpgsqlConnection) await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(await command.ExecuteNonQueryAsync() > 0);
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

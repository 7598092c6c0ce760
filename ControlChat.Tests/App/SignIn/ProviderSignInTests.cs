using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Whom a provider lets in, as what, and how they are connected to an account.</summary>
public sealed class ProviderSignInTests : ProviderBench
{
    [Fact]
    public async Task A_person_of_the_right_group_gets_an_account_and_comes_back_to_their_page()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "AdminValues:0=ops");
        Provider.Claims["groups"] = new JsonArray("other", "staff");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("Mara@Halden.example", true);
        Assert.Contains("Continue with Test ID", (await Browser.GetAsync("/signin")).Text, StringComparison.Ordinal);
        var back = await GoAsync(Start + "?returnUrl=%2Faudit%3Ftool%3Dx");
        Assert.Equal("/audit?tool=x", back.Location);
        var me = (await Browser.MeAsync())!["account"]!;
        Assert.Equal(("Mara Kowalski", "member", "mara@halden.example"), (me["name"]!.ToString(), me["role"]!.ToString(), me["email"]!.ToString()));
        Assert.Equal("code", Provider.Asked["response_type"]);
        Assert.Equal("S256", Provider.Asked["code_challenge_method"]);
        Assert.Equal("openid profile email", Provider.Asked["scope"]);
        Assert.Equal(["hub.started", "account.changed", "signin.ok", "account.changed", "signin.ok"], await EventsAsync());
    }

    [Fact]
    public async Task The_group_decides_the_role_at_every_sign_in_and_the_last_admin_stays_one()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "AdminValues:0=ops");
        Provider.Claims["groups"] = "ops";
        await GoAsync(Start);
        Assert.Equal("admin", await RoleAsync());
        Provider.Claims["groups"] = "staff";
        await GoAsync(Start + "?again=1");
        Assert.Equal("member", await RoleAsync());
        Provider.Claims["groups"] = "ops";
        await GoAsync(Start + "?again=1");
        var owner = Hub!.Person;
        var people = Hub.Services.GetRequiredService<People>();
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, owner.AccountId, "member", default));
        Provider.Claims["groups"] = "staff";
        await GoAsync(Start + "?again=1");
        Assert.Equal("admin", await RoleAsync());
    }

    [Fact]
    public async Task Who_comes_by_a_provider_after_somebody_else_in_the_same_browser_is_known_to()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        foreach (var name in (string[])["mara", "ben"])
        {
            (Provider.Claims["sub"], Provider.Claims["email"], Provider.Claims["email_verified"]) = ("s-" + name, name + "@halden.example", true);
            await GoAsync(Start);
            var me = (await Browser.MeAsync())!;
            Assert.Equal(name + "@halden.example", me["account"]!["email"]!.ToString());
            using var leave = new HttpRequestMessage(HttpMethod.Post, new Uri("/logout", UriKind.Relative));
            leave.Headers.Add("X-CSRF-Token", me["csrf_token"]!.ToString());
            leave.Headers.Add("Origin", Hub!.Url);
            using var left = await Browser.Client.SendAsync(leave);
            Assert.Equal(204, (int)left.StatusCode);
        }
        await using var reader = await Hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        Assert.Single((await reader.QueryAsync<string>("select s.lineage from auth_sessions s join accounts a on a.id = s.account_id where a.email like '%@halden.example'", null, default)).Distinct());
    }

    [Theory]
    [InlineData("nobody", null, false, "RoleClaim=groups", "MemberValues:0=staff")]
    [InlineData("staff", "mara@evil.example", true, "RoleClaim=groups", "MemberValues:0=staff", "AllowedDomains:0=halden.example")]
    [InlineData("staff", "mara@halden.example", false, "AllowedDomains:0=halden.example")]
    [InlineData("staff", "mara@sub.halden.example", true, "AllowedDomains:0=halden.example")]
    [InlineData("staff", "mara@halden.example", true)]
    public async Task Who_no_rule_lets_in_is_told_so(string group, string? email, bool verified, params string[] settings)
    {
        await OpenAsync(settings);
        Provider.Claims["groups"] = group;
        if (email is not null) (Provider.Claims["email"], Provider.Claims["email_verified"]) = (email, verified);
        var refused = await GoAsync(Start);
        Assert.StartsWith("/signin?failed=no_rule", refused.Location, StringComparison.Ordinal);
        var page = await Browser.GetAsync(refused.Location!);
        Assert.Equal(403, page.Status);
        Assert.Contains("no rule of this hub lets you in", page.Text, StringComparison.Ordinal);
        Assert.Null(await Browser.MeAsync());
        Assert.Equal("signin.failed", (await EventsAsync())[^1]);
    }

    [Fact]
    public async Task A_domain_lets_in_whose_address_is_verified()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@HALDEN.example", true);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        Assert.Equal("member", await RoleAsync());
    }

    [Fact]
    public async Task An_account_with_the_same_address_is_not_taken_over()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        await MakeAsync("mara@halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Assert.StartsWith("/signin?failed=email_taken", (await GoAsync(Start)).Location, StringComparison.Ordinal);
        Assert.Null(await Browser.MeAsync());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Where_the_provider_is_trusted_for_it_a_verified_address_finds_its_account(bool verified, bool linked)
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "TrustEmail=true");
        var account = await MakeAsync("mara@halden.example");
        Provider.Claims["groups"] = "staff";
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", verified);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        Assert.Equal(linked, (await Browser.MeAsync())!["account"]!["id"]!.ToString() == account.Id);
    }

    [Fact]
    public async Task A_closed_account_stays_closed()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        await GoAsync(Start);
        var id = (await Browser.MeAsync())!["account"]!["id"]!.ToString();
        Assert.IsType<PersonChange.Done>(await Hub!.Services.GetRequiredService<People>().CloseAsync(null, id, default));
        Assert.Null(await Browser.MeAsync());
        Assert.StartsWith("/signin?failed=closed", (await GoAsync(Start)).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_in_person_connects_a_provider_by_a_click_on_a_page_and_by_nothing_else()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        Provider.Claims["groups"] = "staff";
        var link = await Hub!.App.CreateSignInLinkAsync();
        await Browser.GetAsync(link);
        var owner = (await Browser.MeAsync())!["account"]!["id"]!.ToString();
        var session = (await Hub.Services.GetRequiredService<BrowserSessions>().ListAsync(owner, default))[0];
        var person = Hub.Person with { AuthSessionId = session.Id };
        await Hub.Services.GetRequiredService<ControlChat.Core.Accounts.OpenId.OpenIdSignIn>().IntendLinkAsync(person, "test-id", default);
        Assert.Equal("/settings/sign-in", (await GoAsync(Start)).Location);
        using var later = new TestBrowser(Hub.Url);
        Assert.Equal("/", (await later.GetAsync(await CallbackAsync(later))).Location);
        Assert.Equal(owner, (await later.MeAsync())!["account"]!["id"]!.ToString());
        // Without the click, the same address signs somebody else's identity in as themselves and links nothing.
        Provider.Claims["sub"] = "s-2";
        await GoAsync(Start);
        Assert.NotEqual(owner, (await Browser.MeAsync())!["account"]!["id"]!.ToString());
    }

    [Fact]
    public async Task Signing_in_again_counts_as_fresh_only_when_the_provider_says_that_it_asked()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        Provider.Claims["groups"] = "staff";
        await GoAsync(Start);
        Assert.Equal("604800", Provider.Asked["max_age"]);
        Assert.False(Provider.Asked.ContainsKey("claims"));
        var first = await Browser.MeAsync();
        Time.Sleep(TimeSpan.FromHours(1));
        var hourAgo = Time.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
        Provider.Claims["auth_time"] = hourAgo;
        Assert.StartsWith("/signin?failed=not_fresh", (await GoAsync(Start + "?again=1&returnUrl=/approvals/apr_1")).Location, StringComparison.Ordinal);
        Assert.Equal(("login", "0"), (Provider.Asked["prompt"].ToString(), Provider.Asked["max_age"].ToString()));
        Assert.Equal("""{"id_token":{"auth_time":{"essential":true}}}""", Provider.Asked["claims"].ToString());
        Assert.Equal(first!["auth_time"]!.ToString(), (await Browser.MeAsync())!["auth_time"]!.ToString());
        Provider.Claims["auth_time"] = Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal("/approvals/apr_1", (await GoAsync(Start + "?again=1&returnUrl=/approvals/apr_1")).Location);
        Assert.Equal(Timestamps.Format(Time.GetUtcNow()), (await Browser.MeAsync())!["auth_time"]!.ToString());
    }

    [Fact]
    public async Task A_silent_sign_in_at_a_provider_that_does_not_say_when_is_no_fresh_proof()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        Provider.Claims["groups"] = "staff";
        var proven = Time.GetUtcNow();
        await GoAsync(Start);
        Time.Sleep(TimeSpan.FromHours(1));
        Provider.Claims["auth_time"] = null;
        Assert.StartsWith("/signin?failed=not_fresh", (await GoAsync(Start + "?again=1")).Location, StringComparison.Ordinal);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        // What was proven before stays proven, and nothing more.
        Assert.Equal(Timestamps.Format(proven), (await Browser.MeAsync())!["auth_time"]!.ToString());
        using var other = new TestBrowser(Hub!.Url);
        await other.GetAsync(await CallbackAsync(other));
        Assert.Equal("1970-01-01T00:00:00.000Z", (await other.MeAsync())!["auth_time"]!.ToString());
    }

    [Fact]
    public async Task A_mailbox_that_went_to_somebody_else_does_not_take_the_account_along()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "TrustEmail=true");
        Provider.Claims["groups"] = "staff";
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        Provider.Claims["sub"] = "s-2";
        using var other = new TestBrowser(Hub!.Url);
        Assert.StartsWith("/signin?failed=email_taken", (await other.GetAsync(await CallbackAsync(other))).Location, StringComparison.Ordinal);
        Assert.Null(await other.MeAsync());
    }
}

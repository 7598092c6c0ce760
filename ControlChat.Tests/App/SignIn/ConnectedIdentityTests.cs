using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Who may connect and disconnect an identity: a browser that is signed in when it is written.</summary>
public sealed class ConnectedIdentityTests : ProviderBench
{
    private const string Password = "four words in a row";

    public ConnectedIdentityTests() => Ways = ["--SignIn:Password=true"];

    private OutsideSignIn Outside => Hub!.Services.GetRequiredService<OutsideSignIn>();

    [Fact]
    public async Task A_token_connects_and_disconnects_nothing()
    {
        var person = await EnterAsync();
        var token = person with { AuthSessionId = null, TokenId = "tok_1", TokenName = "ro", Scopes = TokenScopes.Read };
        await RefusedAsync(token);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Outside.LinkAsync(Another, token, default));
    }

    [Fact]
    public async Task An_open_page_of_a_browser_that_was_signed_out_connects_and_disconnects_nothing()
    {
        var person = await EnterAsync();
        await Hub!.Services.GetRequiredService<BrowserSessions>().EndAllAsync(person, default);
        await RefusedAsync(person);
        Assert.Equal(new SignInResult.Refused("session_ended"), await Outside.LinkAsync(Another, person, default));
        Assert.Single(await Outside.ListAsync(person, default));
    }

    [Fact]
    public async Task Who_has_a_password_from_an_admin_disconnects_a_provider_and_is_signed_out_elsewhere()
    {
        var person = await EnterAsync();
        person = await WithPasswordAsync(person);
        var identity = Assert.Single(await Outside.ListAsync(person, default));
        // Whoever came in by it, maybe on a computer that is somebody else's now.
        using var other = new TestBrowser(Hub!.Url);
        Assert.Equal("/", (await other.GetAsync(await CallbackAsync(other))).Location);
        var bens = await MakeAsync("ben@halden.example");
        var ben = await Hub.Services.GetRequiredService<LinkSignIn>().CreateLinkAsync(bens.Id, AccountActor.Operator, default);
        using var stranger = new TestBrowser(Hub.Url);
        Assert.Equal(303, (await stranger.GetAsync($"/login?t={ben}")).Status);
        Assert.Null(await Outside.UnlinkAsync(person, identity, default));
        Assert.Empty(await Outside.ListAsync(person, default));
        Assert.Equal((true, false, true), (await Browser.MeAsync() is not null, await other.MeAsync() is not null, await stranger.MeAsync() is not null));
        var row = (await RowsAsync())[^1];
        Assert.Equal(("unlinked", "1"), (row["data"]!["change"]!.ToString(), row["data"]!["sessions_ended"]!.ToString()));
        // It was the last key of nobody; to do it again changes nothing.
        Assert.Null(await Outside.UnlinkAsync(person, identity, default));
        Assert.Equal("unlinked", (await RowsAsync())[^1]["data"]!["change"]!.ToString());
    }

    [Fact]
    public async Task Who_comes_by_a_provider_only_cannot_leave_it_and_keep_a_key_of_their_own()
    {
        var person = await EnterAsync();
        Assert.IsType<PersonChange.Done>(await Hub!.Services.GetRequiredService<People>().SetEmailAsync(null, person.AccountId, "mara@halden.example", default));
        var identity = Assert.Single(await Outside.ListAsync(person, default));
        Assert.Equal(OutsideSignIn.OnlyWay, await Outside.UnlinkAsync(person, identity, default));
        Assert.Equal(identity, Assert.Single(await Outside.ListAsync(person, default)));
        Assert.Equal(OwnPassword.ByProvider, await Hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(person, "", Password, false, default));
        var row = (await RowsAsync())[^1];
        Assert.Equal(
            ("signin.failed", "denied", person.AccountId, "only_way", identity.Subject),
            (row["event"]!.ToString(), row["outcome"]!.ToString(), row["actor"]!["account"]!.ToString(), row["data"]!["reason"]!.ToString(), row["data"]!["subject"]!.ToString()));
        Assert.NotNull(await Browser.MeAsync());
    }

    [Fact]
    public async Task A_session_that_ends_while_the_provider_answers_connects_nothing_and_its_person_is_told()
    {
        var person = await EnterAsync();
        await Hub!.Services.GetRequiredService<OpenIdSignIn>().IntendLinkAsync(person, "test-id", default);
        Provider.Claims["sub"] = "s-9";
        Provider.Meanwhile = () => Hub.Services.GetRequiredService<BrowserSessions>().EndAllAsync(person, default);
        var refused = await GoAsync(Start);
        Assert.Equal((302, "/signin?failed=session_ended&with=test-id"), (refused.Status, refused.Location));
        Assert.Contains("Your session ended meanwhile, so nothing was changed.", (await Browser.GetAsync(refused.Location!)).Text, StringComparison.Ordinal);
        Assert.Single(await Outside.ListAsync(person, default));
        var row = (await RowsAsync())[^1];
        Assert.Equal(("signin.failed", person.AccountId, "session_ended"), (row["event"]!.ToString(), row["actor"]!["account"]!.ToString(), row["data"]!["reason"]!.ToString()));
    }

    [Fact]
    public async Task Who_signed_in_long_ago_connects_and_disconnects_after_the_provider_asked_them_again()
    {
        var person = await EnterAsync();
        var identity = Assert.Single(await Outside.ListAsync(person, default));
        person = await WithPasswordAsync(person);
        Time.Sleep(TimeSpan.FromMinutes(11));
        await Assert.ThrowsAsync<StaleSignInException>(() => Outside.UnlinkAsync(person, identity, default));
        await Assert.ThrowsAsync<StaleSignInException>(() => Hub!.Services.GetRequiredService<OpenIdSignIn>().IntendLinkAsync(person, "test-id", default));
        Assert.Equal("/settings/sign-in", (await GoAsync(Start + "?again=1&returnUrl=/settings/sign-in")).Location);
        Assert.Equal(("login", "0"), (Provider.Asked["prompt"].ToString(), Provider.Asked["max_age"].ToString()));
        await Hub!.Services.GetRequiredService<OpenIdSignIn>().IntendLinkAsync(person, "test-id", default);
        Assert.Null(await Outside.UnlinkAsync(person, identity, default));
        Assert.Empty(await Outside.ListAsync(person, default));
    }

    [Fact]
    public async Task A_provider_that_did_not_ask_again_leads_to_the_page_that_still_asks_to_prove_it()
    {
        await EnterAsync();
        Time.Sleep(TimeSpan.FromMinutes(11));
        Provider.Claims["auth_time"] = null;
        var refused = await GoAsync(Start + "?again=1&returnUrl=/settings/keys");
        Assert.StartsWith("/signin?failed=not_fresh", refused.Location, StringComparison.Ordinal);
        var page = await Browser.GetAsync(refused.Location!);
        Assert.Contains("Sign in again", page.Text, StringComparison.Ordinal);
        Assert.Contains("/signin/test-id?again=1&returnUrl=%2Fsettings%2Fkeys", page.Text, StringComparison.Ordinal);
        Assert.Contains("Use another way.", page.Text, StringComparison.Ordinal);
        // Where there is none, it names what the operator must do.
        Assert.Contains("Test ID must send auth_time in its id_token", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_of_somebody_else_is_refused_on_the_record()
    {
        var person = await EnterAsync();
        var ben = await MakeAsync("ben@halden.example");
        var taken = Assert.Single(await Outside.ListAsync(person, default));
        await using (var transaction = await Hub!.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("update account_identities set account_id = @id where subject = @Subject", new { id = ben.Id, taken.Subject }, default);
            await transaction.CommitAsync(default);
        }
        var identity = new OutsideIdentity(taken.Issuer, taken.Subject, "openid:Test ID") { Admission = new Admission(Lets.Anybody) };
        Assert.Equal(new SignInResult.Refused("linked_elsewhere"), await Outside.LinkAsync(identity, person, default));
        Assert.Equal("signin.failed", (await EventsAsync())[^1]);
        Assert.Empty(await Outside.ListAsync(person, default));
    }

    [Fact]
    public async Task Who_comes_by_a_provider_gets_a_password_beside_it_from_an_admin_only()
    {
        var person = await EnterAsync();
        var people = Hub!.Services.GetRequiredService<People>();
        Assert.IsType<PersonChange.Done>(await people.SetEmailAsync(null, person.AccountId, "mara@halden.example", default));
        var own = Hub.Services.GetRequiredService<OwnPassword>();
        Assert.Equal(OwnPassword.ByProvider, await own.ChangeAsync(person, "", Password, false, default));
        Assert.False(await own.ExistsAsync(person, default));
        var link = Assert.IsType<PersonChange.Done>(await people.CreateLinkAsync(null, person.AccountId, false, default)).LinkToken;
        Assert.IsType<SignInResult.SignedIn>(await own.SetByLinkAsync(link, Password, true, new SigningBrowser("TestBrowser/1"), default));
    }

    private OutsideIdentity Another => new(Provider.Url, "s-9", "openid:Test ID") { Admission = new Admission(Lets.Anybody) };

    // As an admin gives one: by a link, whose page signs the browser in anew.
    private async Task<Principal> WithPasswordAsync(Principal person)
    {
        var people = Hub!.Services.GetRequiredService<People>();
        Assert.IsType<PersonChange.Done>(await people.SetEmailAsync(null, person.AccountId, "mara@halden.example", default));
        var link = Assert.IsType<PersonChange.Done>(await people.CreateLinkAsync(null, person.AccountId, false, default)).LinkToken;
        Assert.Equal(303, (await Browser.SubmitAsync($"/set-password#t={link}", ("password", Password), ("repeat", Password))).Status);
        return await PersonAsync();
    }

    private async Task<Principal> PersonAsync() =>
        (await Hub!.Services.GetRequiredService<BrowserSessions>().AuthenticateAsync(Browser.Cookies.GetAllCookies().Single(c => c.Name == "cc").Value, default))!;

    private async Task<IReadOnlyList<JsonNode>> RowsAsync()
    {
        await using var reader = await Hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return [.. (await reader.QueryAsync<string>("select body from audit order by seq", null, default)).Select(b => JsonNode.Parse(b)!)];
    }

    private async Task<Principal> EnterAsync()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        Provider.Claims["groups"] = "staff";
        await GoAsync(Start);
        return await PersonAsync();
    }

    private async Task RefusedAsync(Principal person)
    {
        var identity = Assert.Single(await Outside.ListAsync(person, default));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Outside.UnlinkAsync(person, identity, default));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Hub!.Services.GetRequiredService<OpenIdSignIn>().IntendLinkAsync(person, "test-id", default));
        Assert.Single(await Outside.ListAsync(person, default));
    }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Sign-in by OpenID Connect against a provider of the tests' own: what goes well, and all that must not.</summary>
public sealed class ProviderSignInTests : IAsyncLifetime
{
    private const string Start = "/signin/test-id";
    private readonly FakeTime _time = new();
    private TestProvider _provider = null!;
    private TestHub? _hub;
    private TestBrowser _browser = null!;

    public async ValueTask InitializeAsync() => _provider = await TestProvider.StartAsync(_time);

    public async ValueTask DisposeAsync()
    {
        _browser?.Dispose();
        if (_hub is not null) await _hub.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_person_of_the_right_group_gets_an_account_and_comes_back_to_their_page()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "AdminValues:0=ops");
        _provider.Claims["groups"] = new JsonArray("other", "staff");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("Mara@Halden.example", true);
        Assert.Contains("Continue with Test ID", (await _browser.GetAsync("/signin")).Text, StringComparison.Ordinal);
        var back = await GoAsync(Start + "?returnUrl=%2Faudit%3Ftool%3Dx");
        Assert.Equal("/audit?tool=x", back.Location);
        var me = (await _browser.MeAsync())!["account"]!;
        Assert.Equal(("Mara Kowalski", "member", "mara@halden.example"), (me["name"]!.ToString(), me["role"]!.ToString(), me["email"]!.ToString()));
        Assert.Equal("code", _provider.Asked["response_type"]);
        Assert.Equal("S256", _provider.Asked["code_challenge_method"]);
        Assert.Equal("openid profile email", _provider.Asked["scope"]);
        Assert.Equal(["hub.started", "signin.ok", "account.changed", "signin.ok"], await EventsAsync());
    }

    [Fact]
    public async Task The_group_decides_the_role_at_every_sign_in_and_the_last_admin_stays_one()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "AdminValues:0=ops");
        _provider.Claims["groups"] = "ops";
        await GoAsync(Start);
        Assert.Equal("admin", await RoleAsync());
        _provider.Claims["groups"] = "staff";
        await GoAsync(Start + "?again=1");
        Assert.Equal("member", await RoleAsync());
        _provider.Claims["groups"] = "ops";
        await GoAsync(Start + "?again=1");
        var owner = _hub!.Person;
        var people = _hub.Services.GetRequiredService<People>();
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, owner.AccountId, "member", default));
        _provider.Claims["groups"] = "staff";
        await GoAsync(Start + "?again=1");
        Assert.Equal("admin", await RoleAsync());
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
        _provider.Claims["groups"] = group;
        if (email is not null) (_provider.Claims["email"], _provider.Claims["email_verified"]) = (email, verified);
        var refused = await GoAsync(Start);
        Assert.StartsWith("/signin?failed=no_rule", refused.Location, StringComparison.Ordinal);
        var page = await _browser.GetAsync(refused.Location!);
        Assert.Equal(403, page.Status);
        Assert.Contains("no rule of this hub lets you in", page.Text, StringComparison.Ordinal);
        Assert.Null(await _browser.MeAsync());
        Assert.Equal("signin.failed", (await EventsAsync())[^1]);
    }

    [Fact]
    public async Task A_domain_lets_in_whose_address_is_verified()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@HALDEN.example", true);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        Assert.Equal("member", await RoleAsync());
    }

    [Fact]
    public async Task An_account_with_the_same_address_is_not_taken_over()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        await MakeAsync("mara@halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Assert.StartsWith("/signin?failed=email_taken", (await GoAsync(Start)).Location, StringComparison.Ordinal);
        Assert.Null(await _browser.MeAsync());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Where_the_provider_is_trusted_for_it_a_verified_address_finds_its_account(bool verified, bool linked)
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff", "TrustEmail=true");
        var account = await MakeAsync("mara@halden.example");
        _provider.Claims["groups"] = "staff";
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", verified);
        Assert.Equal("/", (await GoAsync(Start)).Location);
        Assert.Equal(linked, (await _browser.MeAsync())!["account"]!["id"]!.ToString() == account.Id);
    }

    [Fact]
    public async Task A_closed_account_stays_closed()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        await GoAsync(Start);
        var id = (await _browser.MeAsync())!["account"]!["id"]!.ToString();
        Assert.IsType<PersonChange.Done>(await _hub!.Services.GetRequiredService<People>().CloseAsync(null, id, default));
        Assert.Null(await _browser.MeAsync());
        Assert.StartsWith("/signin?failed=closed", (await GoAsync(Start)).Location, StringComparison.Ordinal);
    }

    // Each wrong in one way, beside all that is right.
    private static readonly (string Where, string Name, string? Value)[] WrongTokens =
    [
        ("claim", "iss", "\"https://evil.example\""),
        ("claim", "iss", null),
        ("claim", "aud", "\"another\""),
        ("claim", "aud", "[\"another\",\"hub\"]"),
        ("claim", "aud", "{}"),
        ("claim", "aud", null),
        ("claim", "azp", "\"another\""),
        ("claim", "exp", "1"),
        ("claim", "exp", "\"9999999999\""),
        ("claim", "exp", null),
        ("claim", "nbf", "9999999999"),
        ("claim", "iat", "1"),
        ("claim", "iat", "9999999999"),
        ("claim", "iat", null),
        ("claim", "nonce", "\"another\""),
        ("claim", "nonce", null),
        ("claim", "at_hash", "\"another\""),
        ("claim", "sub", null),
        ("claim", "sub", "\"\""),
        ("claim", "sub", "7"),
        ("header", "alg", "\"none\""),
        ("header", "alg", "\"HS256\""),
        ("header", "alg", "\"PS256\""),
        ("header", "kid", "\"k2\""),
        ("header", "typ", "\"at+jwt\""),
        ("header", "typ", "\"logout+jwt\""),
        ("header", "crit", "[\"exp\"]"),
    ];

    [Fact]
    public async Task A_token_that_is_not_right_in_all_signs_nobody_in()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        foreach (var (where, name, value) in WrongTokens)
        {
            var place = where == "claim" ? _provider.Claims : _provider.Header;
            var right = place.TryGetValue(name, out var usual);
            place[name] = value is null ? null : JsonNode.Parse(value);
            Assert.True((await GoAsync(Start)).Location == "/signin?failed=id_token&with=test-id", $"{name} {value}");
            Assert.Null(await _browser.MeAsync());
            if (right) place[name] = usual;
            else place.Remove(name);
        }
        Assert.Equal(WrongTokens.Length, (await EventsAsync()).Count(e => e == "signin.failed"));
        Assert.Equal("/", (await GoAsync(Start)).Location);
    }

    [Fact]
    public async Task A_token_signed_by_somebody_else_or_cut_or_missing_signs_nobody_in()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        foreach (var change in new Func<string, string>[] { t => t[..^4], t => t + "A", t => t.Split('.')[0] + "." + t.Split('.')[1] + ".", t => "x", t => t.Replace('.', ',') })
        {
            _provider.Replace = change;
            await RefusedAsync("id_token");
        }
        _provider.Replace = null;
        await GoAsync(Start);
        Assert.NotNull(await _browser.MeAsync());
    }

    [Fact]
    public async Task Several_audiences_need_to_be_told_that_it_was_us()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        _provider.Claims["aud"] = new JsonArray("another", TestProvider.ClientId);
        await RefusedAsync("id_token");
        _provider.Claims["azp"] = TestProvider.ClientId;
        Assert.Equal("/", (await GoAsync(Start)).Location);
    }

    [Fact]
    public async Task An_answer_counts_once_in_the_browser_that_asked_and_for_ten_minutes()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        var callback = await CallbackAsync();
        using var other = new TestBrowser(_hub!.Url);
        Assert.StartsWith("/signin?failed=state", (await other.GetAsync(callback)).Location, StringComparison.Ordinal);
        Assert.Equal("/", (await _browser.GetAsync(callback)).Location);
        // Signed in, so the page itself would lead on; the replay is refused nevertheless.
        Assert.StartsWith("/signin?failed=state", (await _browser.GetAsync(callback)).Location, StringComparison.Ordinal);
        Assert.Contains("was used already", (await other.GetAsync("/signin?failed=state&with=test-id")).Text, StringComparison.Ordinal);

        using var late = new TestBrowser(_hub.Url);
        var lateCallback = await CallbackAsync(late);
        _time.Sleep(TimeSpan.FromMinutes(11));
        Assert.StartsWith("/signin?failed=state", (await late.GetAsync(lateCallback)).Location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?")]
    [InlineData("?state=x&code=y")]
    [InlineData("?code=y")]
    [InlineData("?state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&code=y")]
    [InlineData("?state=a&state=b&code=y")]
    public async Task A_made_up_answer_leads_to_the_sign_in_page(string query)
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        Assert.StartsWith("/signin?failed=state", (await _browser.GetAsync(Start + "/callback" + query)).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_or_another_issuer_or_a_wrong_code_of_the_provider_leads_to_the_sign_in_page()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        foreach (var change in new Func<string, string>[]
        {
            c => c[..c.IndexOf("code=", StringComparison.Ordinal)] + "error=access_denied&" + c[c.IndexOf("state=", StringComparison.Ordinal)..],
            c => c[..c.IndexOf("&iss=", StringComparison.Ordinal)] + "&iss=https%3A%2F%2Fevil.example",
            c => c.Replace("code=", "code=x", StringComparison.Ordinal),
            c => c.Replace("code=", "kode=", StringComparison.Ordinal),
        })
        {
            var failed = await _browser.GetAsync(change(await CallbackAsync()));
            Assert.StartsWith("/signin?failed=provider_refused", failed.Location, StringComparison.Ordinal);
            Assert.Contains("Test ID did not sign you in", (await _browser.GetAsync(failed.Location!)).Text, StringComparison.Ordinal);
        }
        Assert.Null(await _browser.MeAsync());
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_said_so_and_asked_again()
    {
        var real = await TestProvider.StartAsync();
        await using (real)
        {
            await OpenAsync(real, TimeProvider.System, "AllowedDomains:0=halden.example");
            real.Failures = 2;
            Assert.StartsWith(real.Url, (await _browser.GetAsync(Start)).Location, StringComparison.Ordinal);
            Assert.Equal(3, real.DiscoveryReads);
            Assert.StartsWith(real.Url, (await _browser.GetAsync(Start)).Location, StringComparison.Ordinal);
            Assert.Equal(3, real.DiscoveryReads);
        }
    }

    [Fact]
    public async Task A_provider_that_is_gone_or_another_is_no_way_in()
    {
        var real = await TestProvider.StartAsync();
        await using (real)
        {
            await OpenAsync(real, TimeProvider.System, "AllowedDomains:0=halden.example");
            real.Down = true;
            var failed = await _browser.GetAsync(Start);
            Assert.StartsWith("/signin?failed=provider_unreachable", failed.Location, StringComparison.Ordinal);
            Assert.Contains("Test ID does not answer", (await _browser.GetAsync(failed.Location!)).Text, StringComparison.Ordinal);
            (real.Down, real.OtherIssuer) = (false, "https://evil.example");
            Assert.StartsWith("/signin?failed=provider_unreachable", (await _browser.GetAsync(Start)).Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_new_key_is_fetched_once_and_strangers_keys_do_not_make_the_hub_ask_on_and_on()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        await GoAsync(Start);
        Assert.Equal(1, _provider.KeyReads);
        _time.Sleep(TimeSpan.FromSeconds(61));
        _provider.NewKey("k2");
        Assert.Equal("/", (await GoAsync(Start + "?again=1")).Location);
        Assert.Equal(2, _provider.KeyReads);
        using var other = new TestBrowser(_hub!.Url);
        _provider.Header["kid"] = "unknown";
        for (var i = 0; i < 5; i++) Assert.StartsWith("/signin?failed=id_token", (await other.GetAsync(await CallbackAsync(other))).Location, StringComparison.Ordinal);
        Assert.Equal(2, _provider.KeyReads);
        _time.Sleep(TimeSpan.FromSeconds(61));
        for (var i = 0; i < 5; i++) Assert.StartsWith("/signin?failed=id_token", (await other.GetAsync(await CallbackAsync(other))).Location, StringComparison.Ordinal);
        Assert.Equal(3, _provider.KeyReads);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/signin?returnUrl=/x")]
    [InlineData("/login?t=x")]
    public async Task The_way_back_never_leads_to_another_site(string address)
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Assert.Equal("/", (await GoAsync(Start + "?returnUrl=" + Uri.EscapeDataString(address))).Location);
    }

    [Fact]
    public async Task A_signed_in_person_connects_a_provider_by_a_click_on_a_page_and_by_nothing_else()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        _provider.Claims["groups"] = "staff";
        var link = await _hub!.App.CreateSignInLinkAsync();
        await _browser.GetAsync(link);
        var owner = (await _browser.MeAsync())!["account"]!["id"]!.ToString();
        var session = (await _hub.Services.GetRequiredService<BrowserSessions>().ListAsync(owner, default))[0];
        var person = _hub.Person with { AuthSessionId = session.Id };
        await _hub.Services.GetRequiredService<ControlChat.Core.Accounts.OpenId.OpenIdSignIn>().IntendLinkAsync(person, "test-id", default);
        Assert.Equal("/settings/sign-in", (await GoAsync(Start)).Location);
        using var later = new TestBrowser(_hub.Url);
        Assert.Equal("/", (await later.GetAsync(await CallbackAsync(later))).Location);
        Assert.Equal(owner, (await later.MeAsync())!["account"]!["id"]!.ToString());
        // Without the click, the same address signs somebody else's identity in as themselves and links nothing.
        _provider.Claims["sub"] = "s-2";
        await GoAsync(Start);
        Assert.NotEqual(owner, (await _browser.MeAsync())!["account"]!["id"]!.ToString());
    }

    [Fact]
    public async Task Signing_in_again_counts_as_fresh_only_when_the_provider_says_that_it_asked()
    {
        await OpenAsync("RoleClaim=groups", "MemberValues:0=staff");
        _provider.Claims["groups"] = "staff";
        await GoAsync(Start);
        Assert.Equal("604800", _provider.Asked["max_age"]);
        var first = await _browser.MeAsync();
        _time.Sleep(TimeSpan.FromHours(1));
        var hourAgo = _time.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
        _provider.Claims["auth_time"] = hourAgo;
        Assert.StartsWith("/signin?failed=not_fresh", (await GoAsync(Start + "?again=1&returnUrl=/approvals/apr_1")).Location, StringComparison.Ordinal);
        Assert.Equal(("login", "0"), (_provider.Asked["prompt"].ToString(), _provider.Asked["max_age"].ToString()));
        Assert.Equal(first!["auth_time"]!.ToString(), (await _browser.MeAsync())!["auth_time"]!.ToString());
        _provider.Claims["auth_time"] = _time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal("/approvals/apr_1", (await GoAsync(Start + "?again=1&returnUrl=/approvals/apr_1")).Location);
        Assert.Equal(Timestamps.Format(_time.GetUtcNow()), (await _browser.MeAsync())!["auth_time"]!.ToString());
    }

    [Fact]
    public async Task Code_state_token_and_secret_reach_no_log()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (_provider.Claims["email"], _provider.Claims["email_verified"]) = ("mara@halden.example", true);
        string? token = null;
        _provider.Replace = t => token = t;
        var callback = await CallbackAsync();
        await _browser.GetAsync(callback);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(callback).Query);
        foreach (var secret in new[] { query["code"]!, query["state"]!, token!, TestProvider.Secret }) Assert.DoesNotContain(secret, _hub!.Log.Text, StringComparison.Ordinal);
    }

    private Task OpenAsync(params string[] settings) => OpenAsync(_provider, _time, settings);

    private async Task OpenAsync(TestProvider provider, TimeProvider time, params string[] settings)
    {
        _hub = await TestHub.StartAsync(time, [.. provider.Settings(settings), "--Logging:LogLevel:Default=Trace"]);
        _browser = new TestBrowser(_hub.Url);
    }

    /// <summary>To the provider and back: what the hub answers to the callback.</summary>
    private async Task<Shown> GoAsync(string start) => await _browser.GetAsync(await CallbackAsync(_browser, start));

    private async Task<string> CallbackAsync(TestBrowser? browser = null, string start = Start)
    {
        var there = await (browser ?? _browser).GetAsync(start);
        return (await (browser ?? _browser).GetAsync(there.Location ?? throw new InvalidOperationException($"{start} answered {there.Status}: {there.Text}"))).Location!;
    }

    private async Task RefusedAsync(string reason)
    {
        var refused = await GoAsync(Start);
        Assert.Equal($"/signin?failed={reason}&with=test-id", refused.Location);
        Assert.Equal(200, (await _browser.GetAsync(refused.Location!)).Status);
        Assert.Null(await _browser.MeAsync());
        Assert.Equal("signin.failed", (await EventsAsync())[^1]);
    }

    private async Task<string> RoleAsync() => (await _browser.MeAsync())!["account"]!["role"]!.ToString();

    private async Task<Account> MakeAsync(string email) =>
        Assert.IsType<PersonChange.Done>(await _hub!.Services.GetRequiredService<People>().CreateAsync(null, email, "Mara", "member", false, default)).Account;

    private async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
    }
}

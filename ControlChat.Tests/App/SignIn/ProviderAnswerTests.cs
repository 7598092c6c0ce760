using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>What a provider, or somebody in its place, may answer without getting anybody in.</summary>
public sealed class ProviderAnswerTests : ProviderBench
{
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
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        foreach (var (where, name, value) in WrongTokens)
        {
            var place = where == "claim" ? Provider.Claims : Provider.Header;
            var right = place.TryGetValue(name, out var usual);
            place[name] = value is null ? null : JsonNode.Parse(value);
            Assert.True((await GoAsync(Start)).Location == "/signin?failed=id_token&with=test-id", $"{name} {value}");
            Assert.Null(await Browser.MeAsync());
            // A minute later the next one is worth a row of its own.
            Time.Advance(TimeSpan.FromMinutes(1));
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
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        foreach (var change in new Func<string, string>[] { t => t[..^4], t => t + "A", t => t.Split('.')[0] + "." + t.Split('.')[1] + ".", t => "x", t => t.Replace('.', ',') })
        {
            Provider.Replace = change;
            await RefusedAsync("id_token");
        }
        Provider.Replace = null;
        await GoAsync(Start);
        Assert.NotNull(await Browser.MeAsync());
    }

    [Fact]
    public async Task Several_audiences_need_to_be_told_that_it_was_us()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Provider.Claims["aud"] = new JsonArray("another", TestProvider.ClientId);
        await RefusedAsync("id_token");
        Provider.Claims["azp"] = TestProvider.ClientId;
        Assert.Equal("/", (await GoAsync(Start)).Location);
    }

    [Fact]
    public async Task An_answer_counts_once_in_the_browser_that_asked_and_for_ten_minutes()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        var callback = await CallbackAsync();
        using var other = new TestBrowser(Hub!.Url);
        Assert.StartsWith("/signin?failed=state", (await other.GetAsync(callback)).Location, StringComparison.Ordinal);
        Assert.Equal("/", (await Browser.GetAsync(callback)).Location);
        // Signed in, so the page itself would lead on; the replay is refused nevertheless.
        Assert.StartsWith("/signin?failed=state", (await Browser.GetAsync(callback)).Location, StringComparison.Ordinal);
        Assert.Contains("was used already", (await other.GetAsync("/signin?failed=state&with=test-id")).Text, StringComparison.Ordinal);

        using var late = new TestBrowser(Hub.Url);
        var lateCallback = await CallbackAsync(late);
        Time.Sleep(TimeSpan.FromMinutes(11));
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
        Assert.StartsWith("/signin?failed=state", (await Browser.GetAsync(Start + "/callback" + query)).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Made_up_answers_do_not_fill_the_record()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        for (var minute = 1; minute <= 2; minute++)
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.StartsWith("/signin?failed=state", (await Browser.GetAsync(Start + "/callback?code=x&state=x")).Location, StringComparison.Ordinal);
                var state = System.Web.HttpUtility.ParseQueryString(new Uri((await Browser.GetAsync(Start)).Location!).Query)["state"];
                Assert.StartsWith("/signin?failed=provider_refused", (await Browser.GetAsync($"{Start}/callback?error=x&state={state}")).Location, StringComparison.Ordinal);
            }
            Assert.Equal(minute * 10, (await EventsAsync()).Count(e => e == "signin.failed"));
            Time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Contains(Hub!.Log.Lines, l => l.Message.Contains("this one has no row on the record", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("id_token", "AllowedDomains:0=halden.example")]
    [InlineData("no_rule", "AllowedDomains:0=another.example")]
    [InlineData("email_taken", "AllowedDomains:0=halden.example")]
    [InlineData("closed", "AllowedDomains:0=halden.example")]
    public async Task Whoever_is_refused_again_and_again_does_not_fill_the_record(string reason, string settings)
    {
        await OpenAsync(settings);
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        if (reason == "id_token") Provider.Claims["nonce"] = "another";
        if (reason is "email_taken" or "closed")
        {
            var taken = await MakeAsync("mara@halden.example");
            if (reason == "closed") Assert.IsType<PersonChange.Done>(await Hub!.Services.GetRequiredService<People>().CloseAsync(null, taken.Id, default));
        }
        for (var minute = 1; minute <= 2; minute++)
        {
            for (var i = 0; i < 12; i++)
            {
                using var stranger = new TestBrowser(Hub!.Url);
                Assert.Equal($"/signin?failed={reason}&with=test-id", (await stranger.GetAsync(await CallbackAsync(stranger))).Location);
            }
            Assert.Equal(minute * 5, (await EventsAsync()).Count(e => e == "signin.failed"));
            // What has no row is in the log, one line each, and in the metric.
            Assert.Equal(minute * 7, Hub!.Log.Lines.Count(l => l.Message.Contains($"failed: {reason}. There were several", StringComparison.Ordinal)));
            Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task A_signed_in_person_whom_another_site_sends_here_does_not_fill_the_record_either()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        await GoAsync(Start);
        Assert.NotNull(await Browser.MeAsync());
        for (var i = 0; i < 12; i++) await Browser.GetAsync(Start + "/callback?code=x&state=x");
        Assert.Equal(5, (await EventsAsync()).Count(e => e == "signin.failed"));
        // A stranger from the same network has rows of their own.
        using var stranger = new TestBrowser(Hub!.Url);
        await stranger.GetAsync(Start + "/callback?code=x&state=x");
        Assert.Equal(6, (await EventsAsync()).Count(e => e == "signin.failed"));
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
            var failed = await Browser.GetAsync(change(await CallbackAsync()));
            Assert.StartsWith("/signin?failed=provider_refused", failed.Location, StringComparison.Ordinal);
            Assert.Contains("Test ID did not sign you in", (await Browser.GetAsync(failed.Location!)).Text, StringComparison.Ordinal);
        }
        Assert.Null(await Browser.MeAsync());
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_said_so_and_asked_again()
    {
        var real = await TestProvider.StartAsync();
        await using (real)
        {
            await OpenAsync(real, TimeProvider.System, "AllowedDomains:0=halden.example");
            real.Failures = 2;
            Assert.StartsWith(real.Url, (await Browser.GetAsync(Start)).Location, StringComparison.Ordinal);
            Assert.Equal(3, real.DiscoveryReads);
            Assert.StartsWith(real.Url, (await Browser.GetAsync(Start)).Location, StringComparison.Ordinal);
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
            var failed = await Browser.GetAsync(Start);
            Assert.StartsWith("/signin?failed=provider_unreachable", failed.Location, StringComparison.Ordinal);
            Assert.Contains("Test ID does not answer", (await Browser.GetAsync(failed.Location!)).Text, StringComparison.Ordinal);
            (real.Down, real.OtherIssuer) = (false, "https://evil.example");
            Assert.StartsWith("/signin?failed=provider_unreachable", (await Browser.GetAsync(Start)).Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_new_key_is_fetched_once_and_strangers_keys_do_not_make_the_hub_ask_on_and_on()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        await GoAsync(Start);
        Assert.Equal(1, Provider.KeyReads);
        Time.Sleep(TimeSpan.FromSeconds(61));
        Provider.NewKey("k2");
        Assert.Equal("/", (await GoAsync(Start + "?again=1")).Location);
        Assert.Equal(2, Provider.KeyReads);
        using var other = new TestBrowser(Hub!.Url);
        Provider.Header["kid"] = "unknown";
        for (var i = 0; i < 5; i++) Assert.StartsWith("/signin?failed=id_token", (await other.GetAsync(await CallbackAsync(other))).Location, StringComparison.Ordinal);
        Assert.Equal(2, Provider.KeyReads);
        Time.Sleep(TimeSpan.FromSeconds(61));
        for (var i = 0; i < 5; i++) Assert.StartsWith("/signin?failed=id_token", (await other.GetAsync(await CallbackAsync(other))).Location, StringComparison.Ordinal);
        Assert.Equal(3, Provider.KeyReads);
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
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        Assert.Equal("/", (await GoAsync(Start + "?returnUrl=" + Uri.EscapeDataString(address))).Location);
    }

    [Fact]
    public async Task Code_state_token_and_secret_reach_no_log()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        (Provider.Claims["email"], Provider.Claims["email_verified"]) = ("mara@halden.example", true);
        string? token = null;
        Provider.Replace = t => token = t;
        var callback = await CallbackAsync();
        await Browser.GetAsync(callback);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(callback).Query);
        foreach (var secret in new[] { query["code"]!, query["state"]!, token!, TestProvider.Secret }) Assert.DoesNotContain(secret, Hub!.Log.Text, StringComparison.Ordinal);
    }
}

using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Sign-in by a trusted proxy: its headers count, the same ones from anybody else end the request.</summary>
public sealed class ProxySignInTests : IAsyncDisposable
{
    private const string Secret = "a-secret-of-the-proxy-and-the-hub";
    private readonly FakeTime _time = new();
    private TestHub? _hub;

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null) await _hub.DisposeAsync();
    }

    [Fact]
    public async Task Whom_the_proxy_names_is_signed_in_and_found_again_without_a_cookie()
    {
        await OpenAsync("127.0.0.1");
        using var ada = Client(user: "ada", email: "Ada@halden.example", name: "Ada Lovelace");
        var first = await TestHub.JsonAsync(ada, "/api/v1/me");
        Assert.Equal(("Ada Lovelace", "ada@halden.example", "member", "cookie"), (first["account"]!["name"]!.ToString(), first["account"]!["email"]!.ToString(), first["account"]!["role"]!.ToString(), first["auth"]!.ToString()));
        for (var i = 0; i < 3; i++) Assert.Equal(first["account"]!["id"]!.ToString(), (await TestHub.JsonAsync(ada, "/api/v1/me"))["account"]!["id"]!.ToString());
        Assert.Equal(["hub.started", "account.changed", "signin.ok"], await EventsAsync());
        ada.DefaultRequestHeaders.Add("X-CSRF-Token", first["csrf_token"]!.ToString());
        Assert.Equal(201, (await TestHub.PostAsync(ada, "/api/v1/conversations")).Status);
        using var ben = Client(user: "ben");
        Assert.NotEqual(first["account"]!["id"]!.ToString(), (await TestHub.JsonAsync(ben, "/api/v1/me"))["account"]!["id"]!.ToString());
    }

    [Fact]
    public async Task Headers_without_the_secret_or_with_another_are_refused_and_recorded()
    {
        await OpenAsync("127.0.0.1");
        foreach (var secret in new[] { null, "", "another-secret-of-somebody-else", Secret + "x" })
        {
            using var eve = Client(secret, "ada");
            Assert.Equal(400, await StatusAsync(eve));
        }
        using var twice = Client(Secret, "ada");
        twice.DefaultRequestHeaders.Add("X-ControlChat-Proxy", Secret);
        Assert.Equal(400, await StatusAsync(twice));
        using var two = Client(Secret, "ada");
        two.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-User", "eve");
        Assert.Equal(400, await StatusAsync(two));
        using var onlyMail = Client(null, null, email: "ada@halden.example");
        Assert.Equal(400, await StatusAsync(onlyMail));
        Assert.Contains("signin.failed", await EventsAsync());
        Assert.Equal(5, (await EventsAsync()).Count(e => e == "signin.failed"));
    }

    [Fact]
    public async Task Loopback_is_no_proxy_unless_it_is_named()
    {
        await OpenAsync("10.1.2.3");
        using var ada = Client(Secret, "ada");
        Assert.Equal(400, await StatusAsync(ada));
        Assert.Equal(["hub.started", "signin.failed"], await EventsAsync());
    }

    [Theory]
    [InlineData("127.0.0.0/8")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_network_names_its_addresses(string network)
    {
        await OpenAsync(network);
        using var ada = Client(Secret, "ada");
        Assert.Equal(200, await StatusAsync(ada));
    }

    [Fact]
    public async Task A_cookie_without_the_headers_or_under_another_name_opens_nothing_of_its_owner()
    {
        await OpenAsync("127.0.0.1");
        using var ada = Client(Secret, "ada");
        using var answer = await ada.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        var cookie = TestHub.SessionCookieOf(answer).Split(';')[0];
        _hub!.Anonymous.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal(401, await StatusAsync(_hub.Anonymous));
        using var ben = Client(Secret, "ben");
        ben.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal("ben", (await TestHub.JsonAsync(ben, "/api/v1/me"))["account"]!["name"]!.ToString());
    }

    [Fact]
    public async Task Whom_the_proxy_names_after_somebody_else_in_the_same_browser_is_known_to()
    {
        await OpenAsync("127.0.0.1");
        var mark = "";
        foreach (var name in (string[])["ada", "ben"])
        {
            using var browser = Client(Secret, name);
            if (mark.Length > 0) browser.DefaultRequestHeaders.Add("Cookie", mark);
            using var answer = await browser.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
            if (mark.Length == 0) mark = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("cc-known=", StringComparison.Ordinal)).Split(';')[0];
        }
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        var lineages = await reader.QueryAsync<string>("select lineage from auth_sessions", null, default);
        Assert.Equal((2, 1), (lineages.Count, lineages.Distinct().Count()));
    }

    [Fact]
    public async Task Groups_decide_role_and_admission_at_every_request()
    {
        await OpenAsync("127.0.0.1", "--SignIn:Proxy:AdminValues:0=ops", "--SignIn:Proxy:MemberValues:0=staff");
        Assert.Equal("admin", await RoleAsync("staff, ops"));
        Assert.Equal("member", await RoleAsync("staff"));
        using var out_ = Client(Secret, "ada", groups: "none");
        Assert.Equal(403, await StatusAsync(out_));
        out_.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var page = await out_.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Contains("no rule of this hub lets you in", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // Two rows for the two roles and no session in between.
        Assert.Equal(1, (await EventsAsync()).Count(e => e == "signin.ok"));
    }

    [Fact]
    public async Task A_closed_account_stays_out_whatever_the_proxy_says()
    {
        await OpenAsync("127.0.0.1");
        using var ada = Client(Secret, "ada");
        var id = (await TestHub.JsonAsync(ada, "/api/v1/me"))["account"]!["id"]!.ToString();
        Assert.IsType<PersonChange.Done>(await _hub!.Services.GetRequiredService<People>().CloseAsync(null, id, default));
        Assert.Equal(403, await StatusAsync(ada));
    }

    [Fact]
    public async Task Links_and_passwords_are_off_and_the_page_says_where_to_go()
    {
        await OpenAsync("127.0.0.1");
        Assert.False(await _hub!.App.TakesSignInLinksAsync());
        using var link = await _hub.Anonymous.GetAsync(new Uri(await _hub.App.CreateSignInLinkAsync()));
        Assert.Equal(410, (int)link.StatusCode);
        using var browser = new TestBrowser(_hub.Url);
        Assert.Equal(404, (await browser.PostAsync("/signin", new Dictionary<string, string>())).Status);
        Assert.Contains("stands before this hub", (await browser.GetAsync("/signin")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_headers_are_a_flag_of_the_health_page_and_a_warning_in_the_log()
    {
        await OpenAsync("127.0.0.1");
        Assert.Equal("not_seen", await FlagAsync());
        Assert.Equal(401, await StatusAsync(_hub!.Anonymous));
        Assert.Equal("missing", await FlagAsync());
        Assert.Equal(401, await StatusAsync(_hub.Anonymous));
        Assert.Single(_hub.Log.Lines, l => l.Message.Contains("Do not expose this hub directly", StringComparison.Ordinal));
        using var ada = Client(Secret, "ada");
        Assert.Equal(200, await StatusAsync(ada));
        Assert.Equal("ok", await FlagAsync());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, await StatusAsync(_hub.Anonymous));
        Assert.Equal(2, _hub.Log.Lines.Count(l => l.Message.Contains("Do not expose this hub directly", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_proxy_its_headers_say_nothing()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Anonymous.DefaultRequestHeaders.Add("X-Forwarded-User", "ada");
        Assert.Equal(401, await StatusAsync(hub.Anonymous));
        Assert.Equal("off", (await TestHub.JsonAsync(hub.Anonymous, "/health/ready"))["proxy_headers"]!.ToString());
    }

    [Fact]
    public async Task The_secret_reaches_no_log()
    {
        await OpenAsync("127.0.0.1", "--Logging:LogLevel:Default=Trace");
        using var ada = Client(Secret, "ada");
        Assert.Equal(200, await StatusAsync(ada));
        Assert.DoesNotContain(Secret, _hub!.Log.Text, StringComparison.Ordinal);
    }

    private async Task OpenAsync(string proxies, params string[] more)
    {
        Environment.SetEnvironmentVariable("SignIn__Proxy__Secret", Secret);
        _hub = await TestHub.StartAsync(_time, ["--SignIn:Proxy:Enabled=true", $"--SignIn:Proxy:KnownProxies:0={proxies}", .. more], signIn: false);
    }

    private HttpClient Client(string? secret = Secret, string? user = null, string? email = null, string? name = null, string? groups = null)
    {
        var client = _hub!.CreateClient();
        foreach (var (header, value) in new[] { ("X-ControlChat-Proxy", secret), ("X-Forwarded-User", user), ("X-Forwarded-Email", email), ("X-Forwarded-Preferred-Username", name), ("X-Forwarded-Groups", groups) })
            if (value is not null) client.DefaultRequestHeaders.Add(header, value);
        return client;
    }

    private async Task<string> RoleAsync(string groups)
    {
        using var ada = Client(Secret, "ada", groups: groups);
        return (await TestHub.JsonAsync(ada, "/api/v1/me"))["account"]!["role"]!.ToString();
    }

    private async Task<string> FlagAsync()
    {
        using var answer = await _hub!.Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return (await TestHub.BodyAsync(answer))["proxy_headers"]!.ToString();
    }

    private static async Task<int> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return (int)answer.StatusCode;
    }

    private async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
    }
}

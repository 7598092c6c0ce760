using System.Net.Sockets;
using System.Security.Claims;
using System.Text;
using ControlChat.App.Api;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>How far the trusted proxy's word goes: for the person it names, now, and no further.</summary>
public sealed class ProxyTrustTests : IAsyncDisposable
{
    private const string Secret = "a-secret-of-the-proxy-and-the-hub";
    private const string Boss = "boss@halden.example";
    private readonly FakeTime _time = new();
    private TestHub? _hub;

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null) await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_address_in_a_header_opens_nobodys_account()
    {
        await OpenAsync();
        await MakeAsync(Boss, "admin");
        using var eve = Client("eve", Boss);
        using var answer = await eve.GetAsync(Me);
        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Contains("An account with your e-mail address is here already", (await TestHub.BodyAsync(answer))["detail"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await RowsAsync("signin.failed"));
    }

    [Fact]
    public async Task Where_the_proxy_is_trusted_for_it_an_address_finds_its_account_for_one_user_only()
    {
        await OpenAsync("--SignIn:Proxy:TrustEmail=true");
        var boss = await MakeAsync(Boss, "admin");
        using var first = Client("theboss", Boss);
        Assert.Equal(boss.Id, (await TestHub.JsonAsync(first, "/api/v1/me"))["account"]!["id"]!.ToString());
        // The mailbox is somebody else's by now.
        using var second = Client("newcomer", Boss);
        Assert.Equal(403, await StatusAsync(second));
        Assert.Equal(200, await StatusAsync(first));
    }

    [Fact]
    public async Task Two_who_come_first_with_one_address_at_once_do_not_share_an_account()
    {
        await OpenAsync("--SignIn:Proxy:TrustEmail=true");
        await MakeAsync(Boss, "admin");
        using var one = Client("one", Boss);
        using var two = Client("two", Boss);
        var answers = await Task.WhenAll(StatusAsync(one), StatusAsync(two));
        Assert.Equal([200, 403], answers.Order());
    }

    [Fact]
    public async Task Signing_out_and_coming_again_is_no_fresh_proof()
    {
        await OpenAsync();
        using var ada = Client("ada");
        var first = await TestHub.JsonAsync(ada, "/api/v1/me");
        Assert.True(IsOld(first));
        ada.DefaultRequestHeaders.Add("X-CSRF-Token", first["csrf_token"]!.ToString());
        using var gone = await ada.PostAsync(new Uri("/logout", UriKind.Relative), null);
        Assert.Equal(204, (int)gone.StatusCode);
        Assert.True(IsOld(await TestHub.JsonAsync(ada, "/api/v1/me")));
    }

    [Theory]
    [InlineData("X-Forwarded-Groups: ops\r\nX-Forwarded-Groups: staff")]
    [InlineData("X-Forwarded-Email: eve@halden.example\r\nX-Forwarded-Email: boss@halden.example")]
    [InlineData("X-Forwarded-Preferred-Username: Eve\r\nX-Forwarded-Preferred-Username: Boss")]
    public async Task A_header_that_comes_twice_is_refused_whichever_it_is(string lines)
    {
        await OpenAsync("--SignIn:Proxy:AdminValues:0=ops");
        var answer = await RawAsync($"GET /api/v1/me HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\nX-ControlChat-Proxy: {Secret}\r\nX-Forwarded-User: eve\r\n{lines}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("proxy_refused", answer, StringComparison.Ordinal);
        Assert.Equal(0, await RowsAsync("signin.ok"));
    }

    [Fact]
    public async Task Whom_no_rule_lets_in_is_slowed_down_and_does_not_fill_the_record()
    {
        await OpenAsync("--SignIn:Proxy:MemberValues:0=staff", "--Limits:RequestsPerMinute=20");
        using var eve = Client("eve");
        var statuses = new List<int>();
        for (var i = 0; i < 30; i++) statuses.Add(await StatusAsync(eve));
        Assert.Equal([403, 429], statuses.Distinct());
        Assert.Equal(20, statuses.Count(s => s == 403));
        Assert.Equal(5, await RowsAsync("signin.failed"));
        // The others are in the log, one line each, and in the metric.
        Assert.Equal(15, _hub!.Log.Lines.Count(l => l.Message.Contains("failed: no_rule. There were several", StringComparison.Ordinal)));
        // Nobody else pays for it, and a minute later the door answers again.
        using var ada = Client("ada", groups: "staff");
        Assert.Equal(200, await StatusAsync(ada));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(403, await StatusAsync(eve));
    }

    [Fact]
    public async Task Headers_of_a_false_proxy_are_slowed_down_too()
    {
        await OpenAsync("--Limits:RequestsPerMinute=20");
        using var eve = Client("eve");
        eve.DefaultRequestHeaders.Remove("X-ControlChat-Proxy");
        var statuses = new List<int>();
        for (var i = 0; i < 30; i++) statuses.Add(await StatusAsync(eve));
        Assert.Equal([400, 429], statuses.Distinct());
        Assert.Equal(5, await RowsAsync("signin.failed"));
    }

    [Fact]
    public async Task One_with_a_network_of_addresses_counts_once_and_the_row_keeps_the_address()
    {
        await OpenAsync("--Limits:RequestsPerMinute=20");
        var statuses = new List<int>();
        for (var i = 1; i <= 30; i++)
        {
            using var eve = Client("eve");
            eve.DefaultRequestHeaders.Remove("X-ControlChat-Proxy");
            eve.DefaultRequestHeaders.Add("X-Forwarded-For", $"2001:db8:1:2::{i:x}");
            statuses.Add(await StatusAsync(eve));
        }
        Assert.Equal((20, 10), (statuses.Count(s => s == 400), statuses.Count(s => s == 429)));
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        var rows = await reader.QueryAsync<string>("select body from audit where event = 'signin.failed' order by seq", null, CancellationToken.None);
        Assert.Equal(["1", "2", "3", "4", "5"], rows.Select(r => System.Text.Json.Nodes.JsonNode.Parse(r)!["data"]!["address"]!.ToString()["2001:db8:1:2::".Length..]));
    }

    [Fact]
    public async Task Five_minutes_after_the_proxys_last_word_an_open_page_is_nobodys()
    {
        await OpenAsync();
        using var ada = Client("ada");
        var person = await PersonAsync(ada);
        var (state, circuit, watch) = OpenPage(person);
        using (state)
        {
            // An open page asks the hub for something now and then, and the proxy vouches each time.
            for (var i = 0; i < 10; i++)
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                Assert.Equal(200, await StatusAsync(ada));
            }
            Assert.Equal(person, await ReloadAsync(person));
            Assert.Equal(person, circuit.Current);
            _time.Advance(TimeSpan.FromMinutes(4));
            Assert.NotNull(await ReloadAsync(person));
            await Waiting.UntilAsync(async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(30));
                return await Task.FromResult(circuit.Current is null);
            });
            await watch;
            Assert.Null(await ReloadAsync(person));
        }
        // The proxy's next word takes the same session up again: what waits in it is not lost.
        var again = await PersonAsync(ada);
        Assert.Equal(person.AuthSessionId, again.AuthSessionId);
        Assert.NotNull(await ReloadAsync(again));
        Assert.Equal(1, await RowsAsync("signin.ok"));
    }

    [Fact]
    public async Task What_asks_for_a_recent_sign_in_takes_the_proxys_latest_word_for_it()
    {
        await OpenAsync("--SignIn:Proxy:AdminValues:0=ops");
        using var ada = Client("ada", groups: "ops");
        var person = await PersonAsync(ada);
        var keys = _hub!.Services.GetRequiredService<OwnKeys>();
        await keys.CreateTokenAsync(person, new ApiTokenRequest("ci"), default);
        Assert.IsType<PersonChange.Done>(await _hub.Services.GetRequiredService<People>().CreateAsync(person, "ben@halden.example", "Ben", "member", false, default));
        _time.Advance(TimeSpan.FromMinutes(6));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => keys.CreateTokenAsync(person, new ApiTokenRequest("ci"), default));
    }

    [Fact]
    public async Task Pages_behind_a_proxy_ask_for_its_word_and_others_do_not()
    {
        await OpenAsync();
        using var ada = Client("ada");
        using (var page = await ada.GetAsync(new Uri("/approvals", UriKind.Relative)))
            Assert.Contains("js/vouch", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await using var other = await TestHub.StartAsync();
        Assert.DoesNotContain("js/vouch", await other.Browser.GetStringAsync(new Uri("/approvals", UriKind.Relative)), StringComparison.Ordinal);
    }

    private async Task<Principal> PersonAsync(HttpClient client)
    {
        var id = (await TestHub.JsonAsync(client, "/api/v1/me"))["account"]!["id"]!.ToString();
        var session = Assert.Single(await _hub!.Services.GetRequiredService<BrowserSessions>().ListAsync(id, default));
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return (await _hub.Services.GetRequiredService<IPrincipals>().FindAsync(reader, id, null, session.Id, default))!;
    }

    private async Task<Principal?> ReloadAsync(Principal person)
    {
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await _hub.Services.GetRequiredService<IPrincipals>().ReloadAsync(reader, person, default);
    }

    private (HubAuthenticationState State, CircuitPrincipal Circuit, Task Watch) OpenPage(Principal person)
    {
        var (circuit, services) = (new CircuitPrincipal(), _hub!.Services);
        var state = new HubAuthenticationState(
            circuit, services.GetRequiredService<HubDatabase>(), services.GetRequiredService<IPrincipals>(), services.GetRequiredService<BrowserSessions>(), _time, NullLogger<HubAuthenticationState>.Instance);
        state.SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new PrincipalIdentity(person)))));
        return (state, circuit, state.WatchAsync());
    }

    private static Uri Me { get; } = new("/api/v1/me", UriKind.Relative);

    private bool IsOld(System.Text.Json.Nodes.JsonObject me) =>
        _time.GetUtcNow() - DateTimeOffset.Parse(me["auth_time"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture) > TimeSpan.FromDays(1);

    private async Task OpenAsync(params string[] more)
    {
        Environment.SetEnvironmentVariable("SignIn__Proxy__Secret", Secret);
        _hub = await TestHub.StartAsync(_time, ["--SignIn:Proxy:Enabled=true", "--SignIn:Proxy:KnownProxies:0=127.0.0.1", .. more], signIn: false);
    }

    private async Task<Account> MakeAsync(string email, string role) =>
        Assert.IsType<PersonChange.Done>(await _hub!.Services.GetRequiredService<People>().CreateAsync(null, email, "Boss", role, false, default)).Account;

    private HttpClient Client(string user, string? email = null, string? groups = null)
    {
        var client = _hub!.CreateClient();
        foreach (var (header, value) in new[] { ("X-ControlChat-Proxy", Secret), ("X-Forwarded-User", user), ("X-Forwarded-Email", email), ("X-Forwarded-Groups", groups) })
            if (value is not null) client.DefaultRequestHeaders.Add(header, value);
        return client;
    }

    private static async Task<int> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(Me);
        return (int)answer.StatusCode;
    }

    // The framework's client joins two headers of one name into one line, which is another case.
    private async Task<string> RawAsync(string text)
    {
        var uri = new Uri(_hub!.Url);
        using var socket = new TcpClient();
        await socket.ConnectAsync(uri.Host, uri.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text.Replace("{host}", uri.Authority, StringComparison.Ordinal)));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private async Task<long> RowsAsync(string name)
    {
        await using var reader = await _hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.FindAsync<long>("select count(*) from audit where event = @name", new { name }, CancellationToken.None);
    }
}

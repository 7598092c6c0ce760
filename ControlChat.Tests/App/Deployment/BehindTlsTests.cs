using System.Net.WebSockets;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Deployment;

/// <summary>A hub on loopback behind a proxy that takes TLS: Hub:PublicUrl says how people come, and nothing else has to.</summary>
public sealed class BehindTlsTests : IAsyncLifetime
{
    private readonly TlsProxy _proxy = new();
    private TestHub _hub = null!;
    private HttpClient _browser = null!;
    private string _cookie = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(args: [$"--Hub:PublicUrl={_proxy.Url}"], signIn: false);
        _proxy.Open(_hub.Url);
        _browser = _proxy.CreateClient();
        using var answer = await _browser.GetAsync(new Uri(new Uri(await _hub.App.CreateSignInLinkAsync()).PathAndQuery, UriKind.Relative));
        Assert.Equal(303, (int)answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location!.OriginalString);
        _cookie = TestHub.SessionCookieOf(answer);
        _browser.DefaultRequestHeaders.Add("Cookie", _cookie.Split(';')[0]);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _hub.DisposeAsync();
        _proxy.Dispose();
    }

    [Fact]
    public async Task Cookies_are_for_TLS_and_this_host_alone_and_every_answer_says_so()
    {
        Assert.StartsWith("__Host-cc=", _cookie, StringComparison.Ordinal);
        foreach (var part in new[] { "secure", "httponly", "path=/", "samesite=lax" }) Assert.Contains(part, _cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", _cookie, StringComparison.OrdinalIgnoreCase);
        foreach (var path in new[] { "/", "/signin", "/settings", "/api/v1/me", "/api/v1/nowhere", "/health/live" })
        {
            using var answer = await _browser.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal("max-age=31536000", answer.Headers.GetValues("Strict-Transport-Security").Single());
            // Pages carry the framework's policy for frames beside the hub's.
            Assert.Contains(answer.Headers.GetValues("Content-Security-Policy"), p => p.Contains($"wss://localhost:{_proxy.Port}", StringComparison.Ordinal));
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []) Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        }
        using var anonymous = _proxy.CreateClient();
        using var page = await anonymous.GetAsync(new Uri("/signin", UriKind.Relative));
        foreach (var cookie in page.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []) Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_changes_things_needs_the_public_origin()
    {
        var token = (await TestHub.JsonAsync(_browser, "/api/v1/me"))["csrf_token"]!.GetValue<string>();
        foreach (var (origin, status) in new[] { (_proxy.Url, 201), (_hub.Url, 403), (_proxy.Url.Replace("https", "http", StringComparison.Ordinal), 403), ("https://evil.example", 403) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/conversations") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Add("Origin", origin);
            request.Headers.Add("X-CSRF-Token", token);
            using var answer = await _browser.SendAsync(request);
            Assert.Equal((origin, status), (origin, (int)answer.StatusCode));
        }
    }

    [Fact]
    public async Task Pages_connect_and_events_stream_through_it()
    {
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = _proxy.Trusts;
        socket.Options.SetRequestHeader("Cookie", _cookie.Split(';')[0]);
        socket.Options.SetRequestHeader("Origin", _proxy.Url);
        await socket.ConnectAsync(new Uri(_proxy.Url.Replace("https", "wss", StringComparison.Ordinal) + "/_blazor"), CancellationToken.None);
        Assert.Equal(WebSocketState.Open, socket.State);

        _browser.DefaultRequestHeaders.Add("X-CSRF-Token", (await TestHub.JsonAsync(_browser, "/api/v1/me"))["csrf_token"]!.GetValue<string>());
        var conversation = (await TestHub.PostAsync(_browser, "/api/v1/conversations")).Body["id"]!.GetValue<string>();
        using var events = await _browser.GetAsync(new Uri($"/api/v1/conversations/{conversation}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("no", events.Headers.GetValues("X-Accel-Buffering").Single());
        using var lines = new StreamReader(await events.Content.ReadAsStreamAsync());
        await TestHub.PostAsync(_browser, $"/api/v1/conversations/{conversation}/messages", new { text = "/help", request_id = "r-behind-tls" });
        string? line;
        do line = await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        while (line is not null && !line.Contains("run_finished", StringComparison.Ordinal));
        Assert.NotNull(line);
    }

    [Fact]
    public async Task The_limit_of_requests_counts_people_and_not_their_proxy()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=3", "--SignIn:Proxy:KnownProxies:0=127.0.0.1"], signIn: false);
        Assert.Equal([200, 200, 200, 429], await AskAsync(hub, "203.0.113.1", 4));
        Assert.Equal([200], await AskAsync(hub, "203.0.113.2", 1));
        // Only what the proxy itself added counts: a client cannot choose its address.
        Assert.Equal([429], await AskAsync(hub, "203.0.113.9, 203.0.113.1", 1));
        await using var alone = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=3"], signIn: false);
        Assert.Equal([200, 200, 200], await AskAsync(alone, "203.0.113.1", 3));
        Assert.Equal([429], await AskAsync(alone, "203.0.113.2", 1));
    }

    private static async Task<List<int>> AskAsync(TestHub hub, string address, int times)
    {
        var seen = new List<int>();
        for (var i = 0; i < times; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
            request.Headers.Add("X-Forwarded-For", address);
            using var answer = await hub.Anonymous.SendAsync(request);
            seen.Add((int)answer.StatusCode);
        }
        return seen;
    }
}

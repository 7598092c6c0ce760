using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Api;

/// <summary>The browser's door: who may send what from where.</summary>
public sealed class GuardTests
{
    [Fact]
    public async Task An_unsafe_request_with_a_cookie_needs_the_sessions_own_token()
    {
        await using var hub = await TestHub.StartAsync();
        var other = await hub.SignInAsync();
        var foreign = other.DefaultRequestHeaders.GetValues("X-CSRF-Token").Single();
        foreach (var token in new[] { null, "", "x", foreign })
            await RefusedAsync(hub.Browser, r => Replace(r, "X-CSRF-Token", token));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(hub.Browser));
    }

    [Fact]
    public async Task An_unsafe_request_from_another_port_or_site_is_refused_although_its_token_is_right()
    {
        await using var hub = await TestHub.StartAsync();
        var port = new Uri(hub.Url).Port;
        foreach (var origin in new[] { $"http://127.0.0.1:{port + 1}", "http://127.0.0.1", $"https://127.0.0.1:{port}", $"http://localhost:{port}", "https://evil.example", "null" })
            await RefusedAsync(hub.Browser, r => Replace(r, "Origin", origin));
    }

    [Fact]
    public async Task Without_an_Origin_the_sessions_token_is_enough()
    {
        await using var hub = await TestHub.StartAsync();
        using var request = Logout(hub.Browser);
        Replace(request, "Origin", null);
        using var answer = await hub.Anonymous.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Fact]
    public async Task The_circuits_connection_takes_its_own_origin_only()
    {
        await using var hub = await TestHub.StartAsync();
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        foreign.Headers.Add("Cookie", hub.Browser.DefaultRequestHeaders.GetValues("Cookie"));
        foreign.Headers.Add("Origin", $"http://127.0.0.1:{new Uri(hub.Url).Port + 1}");
        using var refused = await hub.Anonymous.SendAsync(foreign);
        Assert.Equal("csrf", (await TestHub.BodyAsync(refused))["code"]!.GetValue<string>());
        using var own = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        own.Headers.Add("Cookie", hub.Browser.DefaultRequestHeaders.GetValues("Cookie"));
        own.Headers.Add("Origin", hub.Url);
        using var served = await hub.Anonymous.SendAsync(own);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task A_WebSocket_from_another_port_is_refused()
    {
        await using var hub = await TestHub.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single());
        socket.Options.SetRequestHeader("Origin", $"http://127.0.0.1:{new Uri(hub.Url).Port + 1}");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(hub.Url.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task The_circuit_needs_sign_in()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.PostAsync(new Uri("/_blazor/negotiate?negotiateVersion=1", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(hub.Url.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("localhost.evil.example:{port}")]
    [InlineData("127.0.0.1.nip.io:{port}")]
    [InlineData("2130706433:{port}")]
    public async Task A_foreign_host_name_gets_nothing(string host)
    {
        await using var hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Host = host.Replace("{port}", $"{new Uri(hub.Url).Port}", StringComparison.Ordinal);
        using var answer = await hub.Browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        Assert.Equal("wrong_host", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("127.0.0.1:{port}")]
    [InlineData("localhost:{port}")]
    public async Task The_printed_host_and_its_loopback_names_are_served(string host)
    {
        await using var hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Host = host.Replace("{port}", $"{new Uri(hub.Url).Port}", StringComparison.Ordinal);
        using var answer = await hub.Browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n")]
    public async Task A_broken_or_repeated_host_is_a_client_error(string request)
    {
        await using var hub = await TestHub.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(hub.Url).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        Assert.Matches("^HTTP/1.1 4(00|21) ", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using var hub = await TestHub.StartAsync();
        foreach (var path in new[] { "/signin", "/api/v1/me", "/login?t=x", "/nowhere", "/health/live" })
        {
            using var answer = await hub.Anonymous.GetAsync(new Uri(path, UriKind.Relative));
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.False(answer.Headers.Contains("Server"));
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_page_has_no_inline_script_or_style_element()
    {
        await using var hub = await TestHub.StartAsync();
        foreach (var path in new[] { "/", "/signin" })
        {
            var html = await (path == "/" ? hub.Browser : hub.Anonymous).GetStringAsync(new Uri(path, UriKind.Relative));
            Assert.DoesNotMatch("<script(?![^>]*\\bsrc=)[^>]*>", html);
            Assert.DoesNotContain("<style", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch("\\son[a-z]+=\"", html);
        }
    }

    private static HttpRequestMessage Logout(HttpClient browser)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/logout");
        foreach (var (name, values) in browser.DefaultRequestHeaders) request.Headers.Add(name, values);
        return request;
    }

    private static async Task RefusedAsync(HttpClient browser, Action<HttpRequestMessage> change)
    {
        using var request = Logout(browser);
        change(request);
        using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = browser.BaseAddress };
        using var answer = await plain.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("csrf", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
    }

    private static void Replace(HttpRequestMessage request, string header, string? value)
    {
        request.Headers.Remove(header);
        if (value is not null) request.Headers.TryAddWithoutValidation(header, value);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return answer.StatusCode;
    }
}

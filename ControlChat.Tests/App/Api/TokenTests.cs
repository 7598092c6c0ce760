using System.Net;
using System.Net.WebSockets;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Api;

public sealed class TokenTests
{
    [Fact]
    public async Task A_token_reads_who_it_is()
    {
        await using var hub = await TestHub.StartAsync();
        var me = await TestHub.JsonAsync(await hub.TokenAsync(TokenScopes.Read, "ci"), "/api/v1/me");
        Assert.Equal("token", me["auth"]!.GetValue<string>());
        Assert.Equal("ci", me["token"]!["name"]!.GetValue<string>());
        Assert.Equal("[\"read\"]", me["token"]!["scopes"]!.ToJsonString());
        Assert.Null(me["csrf_token"]);
    }

    [Fact]
    public async Task A_revoked_token_and_an_expired_one_are_nobody()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time);
        var revoked = await hub.TokenAsync();
        var id = (await TestHub.JsonAsync(revoked, "/api/v1/me"))["token"]!["id"]!.GetValue<string>();
        Assert.True(await hub.Services.GetRequiredService<ApiTokens>().RevokeAsync(id, null, AccountActor.Of(hub.Person), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(revoked));

        var brief = await hub.TokenAsync(days: 1);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(brief));
        time.Sleep(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(brief));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/settings/people")]
    [InlineData("/approvals")]
    public async Task A_token_opens_no_page(string path)
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await (await hub.TokenAsync()).GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal((HttpStatusCode.Forbidden, "denied"), (answer.StatusCode, (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.OK, (await hub.Browser.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_token_opens_no_circuit()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await hub.TokenAsync();
        Assert.Equal(403, await ConnectAsync(hub, s => s.SetRequestHeader("Authorization", token.DefaultRequestHeaders.Authorization!.ToString())));
        Assert.Equal(403, (await TestHub.PostAsync(token, "/_blazor/negotiate?negotiateVersion=1")).Status);
        Assert.Equal(101, await ConnectAsync(hub, s =>
        {
            s.SetRequestHeader("Cookie", hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single());
            s.SetRequestHeader("Origin", hub.Url);
        }));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer cct_")]
    [InlineData("Bearer cct_{43}")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Basic Y2N0Xzo=")]
    public async Task A_wrong_token_is_401_with_a_challenge(string header)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Anonymous.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", Fill(header));
        using var answer = await hub.Anonymous.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("unauthenticated", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_wrong_token_is_not_helped_out_by_a_cookie()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Browser.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", Fill("Bearer cct_{43}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(hub.Browser));
    }

    [Fact]
    public async Task A_token_cannot_sign_a_browser_out()
    {
        await using var hub = await TestHub.StartAsync();
        var (status, body) = await TestHub.PostAsync(await hub.TokenAsync(), "/logout");
        Assert.Equal(403, status);
        Assert.Equal("denied", body["code"]!.GetValue<string>());
    }

    // Well formed and nobody's; written out it would look like a lost secret.
    private static string Fill(string header) => header.Replace("{43}", new string('A', 43), StringComparison.Ordinal);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return answer.StatusCode;
    }

    private static async Task<int> ConnectAsync(TestHub hub, Action<ClientWebSocketOptions> configure)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        configure(socket.Options);
        try
        {
            await socket.ConnectAsync(new Uri(hub.Url.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor"), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The status says it.
        }
        return (int)socket.HttpStatusCode;
    }
}

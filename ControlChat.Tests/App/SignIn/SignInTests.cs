using System.Net;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

public sealed class SignInTests
{
    [Fact]
    public async Task The_printed_link_signs_a_browser_in_as_the_owner()
    {
        await using var hub = await TestHub.StartAsync();
        var me = await TestHub.JsonAsync(hub.Browser, "/api/v1/me");
        Assert.Equal("admin", me["account"]!["role"]!.GetValue<string>());
        Assert.Equal(Environment.UserName, me["account"]!["name"]!.GetValue<string>());
        Assert.Equal("cookie", me["auth"]!.GetValue<string>());
        Assert.Null(me["token"]);
        Assert.Equal("sqlite", me["hub"]!["store"]!.GetValue<string>());
        Assert.Equal("local", me["hub"]!["bus"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_link_works_once()
    {
        await using var hub = await TestHub.StartAsync();
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        using var first = await hub.Anonymous.GetAsync(link);
        using var second = await hub.Anonymous.GetAsync(link);
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal("/", first.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Gone, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        var page = await second.Content.ReadAsStringAsync();
        Assert.Contains("This link was used already.", page, StringComparison.Ordinal);
        Assert.Contains("login-link", page, StringComparison.Ordinal);
    }

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
}

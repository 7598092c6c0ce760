using System.Net;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

public sealed class SignInTests
{
    [Fact]
    public async Task The_printed_link_signs_a_browser_in_as_the_owner()
    {
        await using var hub = await TestHub.StartAsync();
        var me = await TestHub.JsonAsync(hub.Browser, "/api/v1/me");
        Assert.Equal(["account", "auth", "auth_time", "token", "csrf_token", "hub"], me.Select(p => p.Key));
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
    public async Task A_link_used_twice_at_once_signs_one_browser_in()
    {
        await using var hub = await TestHub.StartAsync();
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => hub.Anonymous.GetAsync(link)));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.SeeOther));
        Assert.Equal(11, answers.Count(a => a.StatusCode == HttpStatusCode.Gone));
    }

    [Fact]
    public async Task A_link_dies_after_ten_minutes()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time);
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        time.Advance(TimeSpan.FromMinutes(10));
        using var answer = await hub.Anonymous.GetAsync(link);
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Contains("older than 10 minutes", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?t=")]
    [InlineData("?t=short")]
    [InlineData("?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("?t=a&t=b")]
    public async Task An_unknown_link_is_gone(string query)
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri("/login" + query, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
    }

    [Theory]
    [InlineData("HEAD", null, null)]
    [InlineData("GET", "Sec-Purpose", "prefetch;prerender")]
    [InlineData("GET", "Purpose", "prefetch")]
    public async Task Looking_at_a_link_does_not_use_it_up(string method, string? header, string? value)
    {
        await using var hub = await TestHub.StartAsync();
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        using var look = new HttpRequestMessage(new HttpMethod(method), link);
        if (header is not null) look.Headers.Add(header, value);
        using var looked = await hub.Anonymous.SendAsync(look);
        Assert.Equal(HttpStatusCode.NoContent, looked.StatusCode);
        Assert.False(looked.Headers.Contains("Set-Cookie"));
        using var opened = await hub.Anonymous.GetAsync(link);
        Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
    }

    [Fact]
    public async Task The_cookie_is_for_this_host_and_no_script()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri(await hub.App.CreateSignInLinkAsync()));
        var cookie = TestHub.SessionCookieOf(answer);
        Assert.Matches("^cc=[A-Za-z0-9_-]{43};", cookie);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Behind_TLS_the_cookie_is_secure_and_bound_to_the_host_by_name()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Hub:PublicUrl=https://hub.example"]);
        using var answer = await hub.Anonymous.GetAsync(new Uri(await hub.App.CreateSignInLinkAsync()));
        var cookie = TestHub.SessionCookieOf(answer);
        Assert.StartsWith("__Host-cc=", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Signing_out_ends_the_session_for_good()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Browser.PostAsync(new Uri("/logout", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        using var after = await hub.Browser.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_session_ends_after_twelve_idle_hours_and_after_seven_days_of_use()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time);
        for (var hours = 0; hours < 7 * 24 - 11; hours += 11)
        {
            time.Sleep(TimeSpan.FromHours(11));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(hub.Browser));
        }
        time.Sleep(TimeSpan.FromHours(11));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(hub.Browser));

        var second = await hub.SignInAsync();
        time.Sleep(TimeSpan.FromHours(12));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(second));
    }

    [Fact]
    public async Task A_session_outlives_a_restart()
    {
        await using var hub = await TestHub.StartAsync();
        var cookie = hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single();
        await hub.RestartAsync();
        hub.Anonymous.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(hub.Anonymous));
    }

    [Fact]
    public async Task A_page_without_sign_in_leads_to_the_sign_in_page_which_says_how()
    {
        await using var hub = await TestHub.StartAsync();
        using var page = await hub.Anonymous.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.Equal("/signin", page.Headers.Location!.OriginalString);
        Assert.Contains("login-link", await hub.Anonymous.GetStringAsync(new Uri("/signin", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_one_time_token_and_the_cookie_never_reach_the_log_even_when_the_operator_asks_for_everything()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace"]);
        var link = await hub.App.CreateSignInLinkAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri(link));
        using var again = await hub.Anonymous.GetAsync(new Uri(link));
        var cookie = TestHub.SessionCookieOf(answer).Split(';')[0]["cc=".Length..];
        using var token = await hub.TokenAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));
        Assert.Contains("/login", hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Split("t=")[1], hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(cookie, hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token.DefaultRequestHeaders.Authorization!.Parameter!, hub.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_ins_and_failures_are_on_the_record()
    {
        await using var hub = await TestHub.StartAsync();
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        using var first = await hub.Anonymous.GetAsync(link);
        using var second = await hub.Anonymous.GetAsync(link);
        using var out_ = await hub.Browser.PostAsync(new Uri("/logout", UriKind.Relative), null);
        await using var reader = await hub.Services.GetRequiredService<ControlChat.Core.Hub.HubDatabase>().ReadAsync(CancellationToken.None);
        var events = await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
        Assert.Equal(["hub.started", "account.changed", "signin.ok", "account.changed", "signin.ok", "signin.failed", "signin.out"], events);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return answer.StatusCode;
    }
}

using System.Net;
using System.Text.RegularExpressions;
using ControlChat.App.Sessions.Offline;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Offline;

/// <summary>What a browser keeps of the hub for a terminal whose network is away: a page that is the same for everybody, and its worker.</summary>
public sealed class OfflinePageTests
{
    [Fact]
    public async Task The_page_is_public_the_same_for_everybody_and_connects_to_nothing()
    {
        await using var hub = await TestHub.StartAsync();
        using var nobody = await hub.Anonymous.GetAsync(new Uri(OfflineEndpoints.Page, UriKind.Relative));
        using var somebody = await hub.Browser.GetAsync(new Uri(OfflineEndpoints.Page, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, nobody.StatusCode);
        var html = await nobody.Content.ReadAsStringAsync();
        Assert.Equal(html, await somebody.Content.ReadAsStringAsync());
        Assert.False(nobody.Headers.Contains("Set-Cookie") || somebody.Headers.Contains("Set-Cookie"));
        var policy = string.Join(';', nobody.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("connect-src", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch("blazor|<form|<input|<style|<script(?![^>]*\\bsrc=)|\\son[a-z]+=\"|\\sstyle=", html);
        // What the worker keeps with it.
        Assert.All(Regex.Matches(html, "(?:href|src)=\"([^\"]*)\""), named => Assert.Matches(@"^/(?:css/(?:tokens|app)|js/theme|console/kept|favicon)\.", named.Groups[1].Value));
    }

    [Fact]
    public async Task The_worker_answers_for_terminals_only_and_reaches_this_hub_only()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri(OfflineEndpoints.Worker + "?v=1", UriKind.Relative));
        // A hub that was built without npm has none, and its pages go on without it.
        var isBuilt = File.Exists(Path.Combine(Repository.Root, "ControlChat.App", "wwwroot", "console", "worker.js"));
        Assert.Equal(isBuilt ? HttpStatusCode.OK : HttpStatusCode.NotFound, answer.StatusCode);
        if (!isBuilt) return;
        Assert.Equal("text/javascript", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("/sessions/", Assert.Single(answer.Headers.GetValues("Service-Worker-Allowed")));
        Assert.Equal("default-src 'none'; connect-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }
}

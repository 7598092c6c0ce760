using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlChat.App.Sessions.Embedding;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Embedding;

/// <summary>The one page that others may frame: who may, and what it holds.</summary>
public sealed class EmbedPageTests
{
    private const string Page = "/embed/sessions/ags_1";

    private static readonly string[] Parents =
    [
        "--Embed:Origins:0=https://desk.example", "--Embed:Origins:1=http://lab.example:8080", "--Embed:Origins:2=https://bücher.example",
        "--Embed:Capabilities:0:Origin=http://lab.example:8080", "--Embed:Capabilities:0:Allow:0=screenshot", "--Embed:Capabilities:0:Allow:1=status",
    ];

    [Fact]
    public async Task Without_parents_there_is_no_such_page()
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Anonymous.GetAsync(new Uri(Page, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("frame-ancestors 'none'", Policy(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_warns_while_no_proxy_guards_the_hub()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        Assert.Contains("Do not expose the console directly to the internet.", await hub.Anonymous.GetStringAsync(new Uri(Page, UriKind.Relative)), StringComparison.Ordinal);
        await using var guarded = await TestHub.StartAsync(args: [.. Parents, "--SignIn:Proxy:KnownProxies:0=10.1.2.3"]);
        Assert.DoesNotContain("proxy-note", await guarded.Anonymous.GetStringAsync(new Uri(Page, UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exactly_the_listed_parents_may_frame_it_and_everything_else_stays_shut()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        using var answer = await hub.Anonymous.GetAsync(new Uri(Page, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var policy = Policy(answer);
        Assert.Equal("https://desk.example http://lab.example:8080 https://xn--bcher-kva.example", Directive(policy, "frame-ancestors"));
        Assert.Equal("'none'", Directive(policy, "default-src"));
        Assert.Equal("'self'", Directive(policy, "script-src"));
        Assert.Equal($"'self' {hub.Url.Replace("http", "ws", StringComparison.Ordinal)}", Directive(policy, "connect-src"));
        Assert.Equal(("'none'", "'none'"), (Directive(policy, "base-uri"), Directive(policy, "form-action")));
        Assert.Equal(EmbedHeaders.Sandbox, Directive(policy, "sandbox"));
        Assert.DoesNotContain("unsafe-inline", Directive(policy, "style-src"), StringComparison.Ordinal);
        Assert.Equal(("no-referrer", "no-store", "nosniff"), (One(answer, "Referrer-Policy"), One(answer, "Cache-Control"), One(answer, "X-Content-Type-Options")));
        Assert.False(answer.Headers.Contains("X-Frame-Options"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/approvals")]
    [InlineData("/sessions")]
    [InlineData("/sessions/ags_1")]
    [InlineData("/signin")]
    [InlineData("/api/v1/me")]
    [InlineData("/embed")]
    [InlineData("/embed/")]
    [InlineData("/embed/approvals")]
    [InlineData("/embed/sessions")]
    [InlineData("/embed/sessions/ags_1/more")]
    [InlineData("/embed/sessions/..%2f..%2fapprovals")]
    [InlineData("/embed/sessions/a%20b")]
    [InlineData("/embed/sessions/%22%3E%3Cscript%3E")]
    [InlineData("/js/theme.js")]
    public async Task No_other_address_can_be_framed(string path)
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        foreach (var client in new[] { hub.Browser, hub.Anonymous })
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            // Browsers keep to all of them; the framework adds one of its own to pages.
            Assert.Contains(answer.Headers.GetValues("Content-Security-Policy"), policy => Directive(policy, "frame-ancestors") == "'none'");
        }
    }

    [Fact]
    public async Task The_page_is_the_same_for_everybody_and_knows_no_cookie()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        using var signedIn = await hub.Browser.GetAsync(new Uri(Page, UriKind.Relative));
        using var nobody = await hub.Anonymous.GetAsync(new Uri(Page, UriKind.Relative));
        Assert.False(signedIn.Headers.Contains("Set-Cookie") || nobody.Headers.Contains("Set-Cookie"));
        var html = await nobody.Content.ReadAsStringAsync();
        Assert.Equal(html, await signedIn.Content.ReadAsStringAsync());
        Assert.DoesNotContain("blazor", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(hub.Person.Name, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_holds_no_decision_but_only_links_to_them_in_a_tab_of_their_own()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        var html = await hub.Anonymous.GetStringAsync(new Uri(Page, UriKind.Relative));
        Assert.DoesNotMatch("<form|<input|<style|data-approve|<script(?![^>]*\\bsrc=)[^>]*>|\\son[a-z]+=\"|\\sstyle=", html);
        var framed = html[html.IndexOf("data-framed", StringComparison.Ordinal)..html.IndexOf("data-alone", StringComparison.Ordinal)];
        var links = Regex.Matches(framed, "<a [^>]*>");
        Assert.Equal(2, links.Count);
        Assert.All(links, link =>
        {
            Assert.Contains("target=\"_blank\"", link.Value, StringComparison.Ordinal);
            Assert.Contains("rel=\"noopener noreferrer\"", link.Value, StringComparison.Ordinal);
        });
        Assert.Contains("Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_knows_what_each_parent_may_ask()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        var html = await hub.Anonymous.GetStringAsync(new Uri(Page, UriKind.Relative));
        using var parents = JsonDocument.Parse(WebUtility.HtmlDecode(Regex.Match(html, "data-parents=\"([^\"]*)\"").Groups[1].Value));
        var told = parents.RootElement.EnumerateArray().Select(p => $"{p.GetProperty("origin").GetString()}: {string.Join(' ', p.GetProperty("may").EnumerateArray().Select(m => m.GetString()))}");
        Assert.Equal(["https://desk.example: status", "http://lab.example:8080: status screenshot", "https://xn--bcher-kva.example: status"], told);
    }

    [Fact]
    public async Task A_ticket_in_the_address_is_in_no_log()
    {
        await using var hub = await TestHub.StartAsync(args: Parents);
        using var answer = await hub.Anonymous.GetAsync(new Uri(Page + "?ticket=the-ticket-of-this-test", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("the-ticket-of-this-test", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(Page, hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("the-ticket-of-this-test", hub.Log.Text, StringComparison.Ordinal);
    }

    private static string Policy(HttpResponseMessage answer) => answer.Headers.GetValues("Content-Security-Policy").Single();

    private static string One(HttpResponseMessage answer, string header) => answer.Headers.GetValues(header).Single();

    private static string Directive(string policy, string name) => policy.Split(';', StringSplitOptions.TrimEntries).Single(d => d.StartsWith(name + ' ', StringComparison.Ordinal))[(name.Length + 1)..];
}

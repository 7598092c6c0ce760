using ControlChat.App.Telemetry;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>The keys that let somebody in once: in no line of the hub's log and in no span, whatever the operator asks to be logged.</summary>
public sealed class LinkPrivacyTests
{
    private const string Password = "four words in a row";

    [Fact]
    public async Task No_line_and_no_span_holds_the_key_of_a_link()
    {
        using var collector = new TestCollector();
        await using var hub = await TestHub.StartAsync(args:
        [
            "--SignIn:Password=true", $"--Telemetry:Otlp:Endpoint={collector.Url}",
            "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace",
        ]);
        var people = hub.Services.GetRequiredService<People>();
        var made = Assert.IsType<PersonChange.Done>(await people.CreateAsync(hub.Person, "mara@halden.example", "Mara", "member", true, default));
        using var browser = new TestBrowser(hub.Url);
        var link = $"/set-password#t={made.LinkToken}";
        // A program on the way that "mends" the address, a wrong try, a right one, one too late.
        await browser.GetAsync(link.Replace('#', '?'));
        Assert.Equal(422, (await browser.SubmitAsync(link, ("password", "short"), ("repeat", "short"))).Status);
        Assert.Equal(303, (await browser.SubmitAsync(link, ("password", Password), ("repeat", Password))).Status);
        Assert.Equal(410, (await browser.OpenLinkAsync(link)).Status);
        var login = await hub.App.CreateSignInLinkAsync();
        Assert.Equal(303, (await browser.GetAsync(login)).Status);
        Assert.Equal(410, (await browser.GetAsync(login)).Status);
        await hub.Services.GetRequiredService<OtlpExport>().FlushAsync();

        // The hub's own spans, and those of the client in this process, which name the addresses.
        Assert.Contains(collector.Spans, s => s.Name == "Microsoft.AspNetCore.Hosting.HttpRequestIn");
        foreach (var path in new[] { "/set-password", "/login" }) Assert.Contains(path, collector.Everything, StringComparison.Ordinal);
        Assert.Contains("/set-password", hub.Log.Text, StringComparison.Ordinal);
        foreach (var key in new[] { made.LinkToken!, login.Split("t=")[1], Password })
        {
            Assert.DoesNotContain(key, collector.Everything, StringComparison.Ordinal);
            Assert.DoesNotContain(key, hub.Log.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_cache_and_no_other_site_gets_the_page_of_a_link()
    {
        await using var hub = await TestHub.StartAsync(args: ["--SignIn:Password=true"]);
        using var answer = await hub.Anonymous.GetAsync(new Uri("/set-password", UriKind.Relative));
        Assert.Equal(("no-store", "no-referrer"), (answer.Headers.CacheControl!.ToString(), answer.Headers.GetValues("Referrer-Policy").Single()));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("src=\"/js/open-link.js\"", page, StringComparison.Ordinal);
        using var script = await hub.Anonymous.GetAsync(new Uri("/js/open-link.js", UriKind.Relative));
        Assert.Equal(200, (int)script.StatusCode);
    }
}

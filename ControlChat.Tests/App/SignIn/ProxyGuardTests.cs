using Bunit;
using ControlChat.App.Operations;
using ControlChat.App.SignIn;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Who reaches the hub past its parent and proxy is noticed, and refused where the operator says so.</summary>
public sealed class ProxyGuardTests : IAsyncDisposable
{
    private const string Words = "Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.";
    private const string Secret = "a-secret-of-the-proxy-and-the-hub";
    private readonly FakeTime _time = new();
    private TestHub? _hub;

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null) await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_hub_of_this_machine_alone_needs_no_guard_and_warns_of_nothing()
    {
        await OpenAsync();
        Assert.Equal("off", await StateAsync());
        Assert.DoesNotContain(Words, _hub!.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Embed:Origins:0=https://desk.example")]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://+:0")]
    [InlineData("--urls=http://[::]:0")]
    public async Task Where_others_reach_or_embed_it_without_a_trusted_proxy_start_and_health_say_so(string reached)
    {
        await OpenAsync("--SignIn:Link=false", reached);
        Assert.Contains(_hub!.Log.Lines, l => l.Level == LogLevel.Warning && l.Message.StartsWith(Words, StringComparison.Ordinal));
        Assert.Equal("no_proxy", await StateAsync());
    }

    [Fact]
    public async Task With_a_trusted_proxy_it_is_guarded()
    {
        await OpenAsync("--SignIn:Link=false", "--urls=http://0.0.0.0:0", "--Embed:Origins:0=https://desk.example", "--SignIn:Proxy:KnownProxies:0=10.1.2.3");
        Assert.Equal("ok", await StateAsync());
        Assert.DoesNotContain(Words, _hub!.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_headers_of_a_stranger_are_told_of_for_a_while_and_are_no_fault()
    {
        await OpenAsync("--SignIn:Proxy:KnownProxies:0=10.1.2.3");
        Assert.Equal("ok", await StateAsync());
        for (var i = 0; i < 3; i++) Assert.Equal(401, await StatusAsync("/api/v1/me", "X-Forwarded-For", "192.0.2.1"));
        Assert.Equal("unknown_proxy", await StateAsync());
        Assert.Single(_hub!.Log.Lines, l => l.Message.Contains("past it. " + Words, StringComparison.Ordinal));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("ok", await StateAsync());
    }

    [Fact]
    public async Task The_same_headers_of_the_known_proxy_are_as_they_should_be()
    {
        await OpenAsync("--SignIn:Proxy:KnownProxies:0=127.0.0.1");
        Assert.Equal(401, await StatusAsync("/api/v1/me", "X-Forwarded-For", "192.0.2.1"));
        Assert.Equal("ok", await StateAsync());
    }

    [Fact]
    public async Task A_request_that_nobody_passed_on_is_told_of_for_a_while_and_is_no_fault()
    {
        await OpenAsync("--SignIn:Proxy:KnownProxies:0=127.0.0.1", "--Embed:Origins:0=https://desk.example");
        Assert.Equal("ok", await StateAsync());
        for (var i = 0; i < 3; i++) Assert.Equal(401, await StatusAsync("/api/v1/me"));
        Assert.Equal("headers_missing", await StateAsync());
        Assert.Single(_hub!.Log.Lines, l => l.Message.Contains("without X-Forwarded-For", StringComparison.Ordinal));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("ok", await StateAsync());
    }

    [Fact]
    public async Task Behind_a_proxy_that_signs_people_in_a_request_without_its_headers_is_told_of()
    {
        await OpenBehindAsync();
        Assert.Equal(401, await StatusAsync("/api/v1/me"));
        Assert.Equal("headers_missing", await StateAsync());
    }

    [Fact]
    public async Task Where_a_proxy_is_required_what_a_stranger_passed_on_is_refused_and_this_machine_is_not()
    {
        await OpenAsync("--Hub:RequireProxy=true", "--SignIn:Proxy:KnownProxies:0=10.1.2.3");
        Assert.Equal(401, await StatusAsync("/api/v1/me"));
        foreach (var path in new[] { "/", "/signin", "/api/v1/me", "/openapi/v1.json", "/_blazor" })
            Assert.Equal((403, "proxy_required"), await RefusalAsync(path, "X-Forwarded-For", "192.0.2.1"));
        foreach (var path in new[] { "/health/live", "/health/ready" }) Assert.Equal(200, await StatusAsync(path, "X-Forwarded-For", "192.0.2.1"));
    }

    [Fact]
    public async Task Where_a_proxy_is_required_the_known_one_passes()
    {
        await OpenAsync("--Hub:RequireProxy=true", "--SignIn:Proxy:KnownProxies:0=127.0.0.1");
        Assert.Equal(401, await StatusAsync("/api/v1/me", "X-Forwarded-For", "192.0.2.1"));
    }

    [Fact]
    public async Task Where_a_proxy_that_signs_people_in_is_required_nobody_comes_without_its_secret()
    {
        await OpenBehindAsync("--Hub:RequireProxy=true");
        Assert.Equal((403, "proxy_required"), await RefusalAsync("/api/v1/me"));
        Assert.Equal((403, "proxy_required"), await RefusalAsync("/api/v1/me", "X-Forwarded-For", "192.0.2.1"));
        Assert.Equal((403, "proxy_required"), await RefusalAsync("/api/v1/me", "X-ControlChat-Proxy", Secret + "x"));
        Assert.Equal(401, await StatusAsync("/api/v1/me", "X-ControlChat-Proxy", Secret));
        Assert.Equal(200, await StatusAsync("/health/ready"));
    }

    [Fact]
    public void A_proxy_that_is_required_must_be_named() => Assert.Contains(
        "Hub:RequireProxy is true while SignIn:Proxy:KnownProxies is empty; name the proxy's address or network.",
        Assert.Throws<SettingsException>(() => ControlChat.App.ControlChatApp.Create(["--Hub:RequireProxy=true"])).Faults);

    [Fact]
    public async Task Pages_show_the_warning()
    {
        await using var shell = await HubShell.StartAsync(_time, ["--Embed:Origins:0=https://desk.example"]);
        var page = shell.Render<OperationsPage>();
        Assert.Contains(Words, page.Find("[data-ui='proxy-note']").TextContent, StringComparison.Ordinal);
        Assert.Contains("Embed:Origins", shell.Of<ProxyGuard>().Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_carries_the_warning_in_bold() =>
        Assert.Contains($"**{Words}**", HouseRules.Repository.Text("README.md"), StringComparison.Ordinal);

    private async Task OpenAsync(params string[] args) => _hub = await TestHub.StartAsync(_time, args, signIn: false);

    private Task OpenBehindAsync(params string[] more)
    {
        Environment.SetEnvironmentVariable("SignIn__Proxy__Secret", Secret);
        return OpenAsync(["--SignIn:Proxy:Enabled=true", "--SignIn:Proxy:KnownProxies:0=127.0.0.1", .. more]);
    }

    // From this machine by name: an address that means all of them is none to call.
    private async Task<HttpResponseMessage> GetAsync(string path, string? header, string? value)
    {
        var at = new Uri($"http://127.0.0.1:{new Uri(_hub!.Url).Port}{path}");
        using var request = new HttpRequestMessage(HttpMethod.Get, at);
        if (header is not null) request.Headers.Add(header, value);
        return await _hub.Anonymous.SendAsync(request);
    }

    private async Task<int> StatusAsync(string path, string? header = null, string? value = null)
    {
        using var answer = await GetAsync(path, header, value);
        return (int)answer.StatusCode;
    }

    private async Task<(int Status, string Code)> RefusalAsync(string path, string? header = null, string? value = null)
    {
        using var answer = await GetAsync(path, header, value);
        return ((int)answer.StatusCode, (string?)(await TestHub.BodyAsync(answer))["code"] ?? "");
    }

    private async Task<string> StateAsync()
    {
        using var answer = await GetAsync("/health/ready", null, null);
        return (string)(await TestHub.BodyAsync(answer))["proxy_guard"]!;
    }
}

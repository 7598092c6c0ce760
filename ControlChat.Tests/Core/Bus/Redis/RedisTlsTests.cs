using System.Net;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>Redis over TLS, as a process of the hub meets it: what it trusts is read from the environment at its start.</summary>
[Collection(RedisTurns.Name)]
public sealed class RedisTlsTests(RedisServer plain) : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly TempFolder _folder = new();
    private RedisServer _server = null!;
    private string _at = "";

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = _authority.Issue(IPAddress.Loopback);
        _server = RedisServer.OverTls(certificate, key);
        await _server.ReadyAsync();
        await plain.ReadyAsync();
        _at = await PostgresForTests.NewDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_hub_that_trusts_its_certificate_works_over_it()
    {
        await using var hub = await HubProcess.StartNodeAsync(Settings(_server.Place, trusts: true));
        using var person = await HubClient.SignInAsync(hub);
        Assert.Equal(200, (await person.GetAsync("/health/ready")).Status);
        // A run is taken from a topic, so its answer has been over the bus and back.
        var conversation = (await person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id");
        var sent = await person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "/help", ["request_id"] = "over-tls-1" });
        await Waiting.UntilAsync(async () => (await person.GetAsync($"/api/v1/conversations/{conversation}")).Json["runs"]!.AsArray()
            .Any(r => r!["id"]!.ToString() == sent.Field("run_id") && r["status"]!.ToString() == "completed"), TimeSpan.FromSeconds(30));
        Assert.Contains("chat:control-agent", await _server.AskAsync("KEYS", "chat:*"), StringComparison.Ordinal);
        Assert.Equal(0, await hub.StopAsync());
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_ends_the_start_with_78_and_the_line_to_act_on() =>
        await RefusedAsync(Settings(_server.Place, trusts: false), "no certificate this machine trusts");

    [Fact]
    public async Task A_certificate_for_another_name_ends_the_start_with_78_although_its_authority_is_trusted() =>
        await RefusedAsync(Settings(_server.Place with { Endpoint = _server.Place.Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) }, trusts: true), "no certificate this machine trusts");

    [Fact]
    public async Task A_server_that_speaks_no_tls_ends_the_start_with_78_and_the_line_to_act_on() =>
        await RefusedAsync(Settings(plain.Place with { Tls = true }, trusts: true), "speaks no TLS");

    [Fact]
    public async Task A_server_that_speaks_nothing_but_tls_ends_the_start_with_78_and_the_line_to_act_on() =>
        await RefusedAsync(Settings(_server.Place with { Tls = false }, trusts: true), "speaks TLS there; use 'true'");

    [Fact]
    public async Task Without_a_password_it_is_named_for_what_it_is_too()
    {
        await using var bus = RedisBuses.Open(_server.Place with { Tls = false, Password = null, AllowNoPassword = true });
        Assert.StartsWith("Bus:Redis:Tls is 'false'", await bus.RefusalAsync(CancellationToken.None), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Doctor_says_which_of_both_it_has_to_be(bool tls)
    {
        var (_, well, _) = await HubProcess.RunAsync(Settings(Server(tls).Place, trusts: true), _folder.Path, "doctor");
        Assert.Contains(well.Split('\n'), l => l.StartsWith("ok       bus ", StringComparison.Ordinal) && l.EndsWith(", over TLS", StringComparison.Ordinal) == tls);
        var (code, ill, _) = await HubProcess.RunAsync(Settings(Server(tls).Place with { Tls = !tls }, trusts: true), _folder.Path, "doctor");
        Assert.Equal(1, code);
        Assert.Contains(ill.Split('\n'), l => l.StartsWith($"missing  bus             Bus:Redis:Tls is '{Word(!tls)}'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_it_comes_after_the_hub_ready_and_the_log_say_which_of_both_it_has_to_be(bool tls)
    {
        await Server(tls).KillAsync();
        await using var hub = await RedisBuses.StartHubAsync(Server(tls).Place with { Tls = !tls }, RedisBuses.Quick);
        await Server(tls).StartAsync();
        var fault = $"Bus:Redis:Tls is '{Word(!tls)}'";
        await Waiting.UntilAsync(async () => (await BusAsync(hub)).StartsWith(fault, StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        // Whoever asks for it need not be signed in.
        Assert.DoesNotContain(Server(tls).Place.Endpoint, await BusAsync(hub), StringComparison.Ordinal);
        Assert.Single(hub.Log.Lines, l => l.Message.StartsWith(fault, StringComparison.Ordinal) && l.Message.EndsWith("The hub goes on trying.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_does_not_trust_it_tells_it_no_password_later_either()
    {
        await _server.AskAsync("CONFIG", "RESETSTAT");
        await using var bus = RedisBuses.Open(_server);
        Assert.StartsWith("Bus:Redis:Tls is 'true'", await bus.RefusalAsync(CancellationToken.None), StringComparison.Ordinal);
        Assert.False(await bus.IsHealthyAsync(CancellationToken.None));
        await Assert.ThrowsAsync<ControlChat.Core.Hub.HubUnavailableException>(() => bus.AppendAsync("chat:agent", BusMessage.New("1"), CancellationToken.None));
        // The test's own, which asks.
        Assert.Contains("cmdstat_auth:calls=1,", await _server.AskAsync("INFO", "commandstats"), StringComparison.Ordinal);
    }

    private RedisServer Server(bool tls) => tls ? _server : plain;

    private static string Word(bool tls) => tls ? "true" : "false";

    private static async Task<string> BusAsync(TestHub hub)
    {
        using var ready = await hub.Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return (string)(await TestHub.BodyAsync(ready))["checks"]!["bus"]!;
    }

    private async Task RefusedAsync(Dictionary<string, string> settings, string because)
    {
        var (code, output, errors) = await HubProcess.RunAsync(settings, _folder.Path, "--urls", "http://127.0.0.1:0");
        Assert.True(code == 78, $"{code}: {errors}");
        Assert.Empty(output);
        // Beside the log, whose lines are JSON.
        var line = Assert.Single(errors.Trim().Split('\n'), l => !l.StartsWith('{'));
        Assert.StartsWith($"Bus:Redis:Tls is '{settings["Bus:Redis:Tls"]}'", line, StringComparison.Ordinal);
        Assert.Contains(because, line, StringComparison.Ordinal);
        Assert.DoesNotContain(settings["Bus:Redis:Password"], errors, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Settings(RedisPlace place, bool trusts)
    {
        var settings = new Dictionary<string, string>(PostgresServer.HubSettings(_at))
        {
            ["Bus:Kind"] = "redis",
            ["Bus:Redis:Endpoint"] = place.Endpoint,
            ["Bus:Redis:Tls"] = Word(place.Tls),
            ["Bus:Redis:Password"] = place.Password!,
            ["Model:Provider"] = "offline",
        };
        if (trusts) settings["SSL_CERT_FILE"] = _authority.File;
        return settings;
    }
}

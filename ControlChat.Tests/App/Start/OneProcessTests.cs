using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Start;

/// <summary>PostgreSQL with the bus of one process: a second process on the same database would hear nothing of the first.</summary>
public sealed class OneProcessTests : IAsyncLifetime
{
    private static readonly string[] _serve = ["--urls", "http://127.0.0.1:0"];
    private readonly TempFolder _home = new();
    private string _at = "";
    private HubProcess _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await PostgresForTests.NewDatabaseAsync();
        _hub = await HubProcess.StartAsync(HubProcess.SettingsOn(_at, new Dictionary<string, string>()), Directory.CreateDirectory(_home["one"]).FullName);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
        _home.Dispose();
    }

    [Fact]
    public async Task A_second_process_ends_with_78_and_one_line_and_the_first_serves_on()
    {
        foreach (var mode in new[] { "all", "web", "worker" })
        {
            var (code, output, errors) = await SecondAsync([.. _serve, "--mode", mode]);
            Assert.Equal((78, ""), (code, output));
            var line = Assert.Single(errors.Trim().Split('\n'));
            Assert.StartsWith("Bus:Kind is 'local'", line, StringComparison.Ordinal);
        }
        await WorksAsync();
    }

    [Fact]
    public async Task Commands_work_beside_it_and_do_not_move_it()
    {
        var held = new HoldLock(_at);
        var holder = await held.HolderAsync();
        string[][] commands =
        [
            ["login-link"], ["doctor"], ["health"], ["migrate"], ["token", "create", "--name", "ci"], ["token", "list"], ["account", "list"],
            ["audit", "verify"], ["audit", "public-key"], ["backup", "--output", _home["copy"]],
        ];
        foreach (var command in commands)
        {
            var (code, _, errors) = await _hub.RunAsync(command);
            Assert.True(code == 0, $"{string.Join(' ', command)} ended with {code}: {errors}");
        }
        await WorksAsync();
        Assert.Equal(holder, await held.HolderAsync());
    }

    [Fact]
    public async Task A_lost_hold_is_taken_again_and_one_that_another_process_took_makes_the_hub_not_ready()
    {
        using var anybody = HubClient.Anonymous(_hub.Url);
        var held = new HoldLock(_at);
        await held.LoseAsync();
        await Waiting.UntilAsync(async () => (await anybody.GetAsync("/health/ready")).Status == 200);
        await WorksAsync();
        await using (await held.TakeAwayAsync())
        {
            await Waiting.UntilAsync(async () => await anybody.GetAsync("/health/ready") is { Status: 503 } answer && answer.Text.Contains("Bus:Kind", StringComparison.Ordinal));
        }
        await Waiting.UntilAsync(async () => (await anybody.GetAsync("/health/ready")).Status == 200);
        await WorksAsync();
    }

    [Fact]
    public async Task A_process_that_comes_back_after_another_one_served_ends_and_serves_when_it_is_started_again()
    {
        await new HoldLock(_at).ServeMeanwhileAsync();
        Assert.Equal(1, await _hub.EndedAsync());
        Assert.Contains(_hub.Broken(), line => line.Contains("another one served it meanwhile", StringComparison.Ordinal));
        await _hub.StartAgainAsync();
        await WorksAsync();
    }

    [Fact]
    public async Task One_with_Redis_is_refused_beside_it()
    {
        await using var redis = new RedisServer();
        await redis.ReadyAsync();
        var settings = HubProcess.SettingsOn(_at, new Dictionary<string, string>());
        (settings["Bus:Kind"], settings["Bus:Redis:Endpoint"], settings["Bus:Redis:Password"]) = ("redis", redis.Place.Endpoint, redis.Place.Password!);
        var (code, _, errors) = await HubProcess.RunAsync(settings, Directory.CreateDirectory(_home["two"]).FullName, _serve);
        Assert.True(code == 78, errors);
        Assert.StartsWith("Bus:Kind is 'redis'", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
        await WorksAsync();
    }

    [Fact]
    public async Task After_a_kill_it_starts_again_at_once()
    {
        await _hub.KillAsync();
        await _hub.StartAgainAsync();
        await WorksAsync();
    }

    private Task<(int Code, string Output, string Errors)> SecondAsync(string[] arguments) =>
        HubProcess.RunAsync(HubProcess.SettingsOn(_at, new Dictionary<string, string>()), Directory.CreateDirectory(_home["two"]).FullName, arguments);

    private async Task WorksAsync()
    {
        var link = (await _hub.RunAsync("login-link")).Output.Trim();
        using var person = await HubClient.SignInAsync(_hub, new Uri(link));
        Assert.Equal("completed", (await person.CallAsync("workspace.create", new JsonObject { ["title"] = Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture) })).Field("status"));
    }
}

using System.Text.Json.Nodes;
using ControlChat.Harness;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>A hub on PostgreSQL whose server is away when it starts, and again while it serves.</summary>
public sealed class DatabaseOutageJourney : IAsyncLifetime
{
    private PostgresHubs _hubs = null!;

    private PostgresServer Server => _hubs.Server;

    public async ValueTask InitializeAsync() => _hubs = await PostgresHubs.StartAsync();

    public ValueTask DisposeAsync() => _hubs.DisposeAsync();

    [Fact]
    public async Task A_hub_waits_for_its_database_and_goes_on_when_it_is_back()
    {
        var settings = await _hubs.SettingsAsync();
        settings["Hub:ConnectionString"] += ";Password=hunter2-hunter2";
        // As a team's hub has it: only the very first admin comes by a link.
        settings.Remove("SignIn:Link");
        Server.Stop();
        var starting = HubProcess.StartAsync(settings, _hubs.Folder("hub"));
        using (var early = HubClient.Anonymous(await RunningAtAsync()))
        {
            var notReady = await early.GetAsync("/health/ready");
            Assert.Equal(503, notReady.Status);
            Assert.Contains("Hub:ConnectionString", notReady.Text, StringComparison.Ordinal);
            Assert.Equal(200, (await early.GetAsync("/health/live")).Status);
        }

        await Server.StartAgainAsync();
        await using var hub = await starting;
        using var person = await HubClient.SignInAsync(hub);
        await ReadyAsync(person);
        var made = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Before" }, "outage-before");
        Assert.Equal("completed", made.Field("status"));

        Server.Stop();
        var refused = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "During" }, "outage-during");
        Assert.Equal((503, "unavailable"), (refused.Status, refused.Field("code")));
        Assert.Equal(503, (await person.GetAsync("/health/ready")).Status);

        await Server.StartAgainAsync();
        await ReadyAsync(person);
        Assert.Equal("completed", (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "During" }, "outage-during")).Field("status"));
        var repeated = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Before" }, "outage-before");
        Assert.Equal((true, made.Field("action_id")), (repeated.Json["replayed"]!.GetValue<bool>(), repeated.Field("action_id")));
        Assert.Equal(2, (await person.CallAsync("workspace.list", [])).Json["result"]!["items"]!.AsArray().Count);

        // The one admin has no password yet, so a link is still the only way in.
        Assert.Equal(0, (await hub.RunAsync("login-link")).Code);
        Assert.Equal(0, (await hub.RunAsync("audit", "verify")).Code);
        Assert.Equal(0, await hub.StopAsync());
        Assert.DoesNotContain(hub.Errors.Concat(hub.Output), line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    private async Task<string> RunningAtAsync()
    {
        var file = Path.Combine(_hubs.PathOf("hub"), "data", "run.json");
        await UntilAsync(() => Task.FromResult(File.Exists(file)));
        return JsonNode.Parse(await File.ReadAllTextAsync(file))!["url"]!.GetValue<string>();
    }

    private static Task ReadyAsync(HubClient client) => UntilAsync(async () => (await client.GetAsync("/health/ready")).Status == 200);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!await holds()) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
    }
}

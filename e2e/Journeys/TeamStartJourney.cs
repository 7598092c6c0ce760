using System.Text.Json.Nodes;
using ControlChat.Harness;
using Npgsql;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>A node of a team's hub that starts while something it needs is away, or is not what it can serve.</summary>
public sealed class TeamStartJourney : IAsyncLifetime
{
    private TeamServers _team = null!;

    public async ValueTask InitializeAsync() => _team = await TeamServers.StartAsync();

    public ValueTask DisposeAsync() => _team.DisposeAsync();

    [Fact]
    public async Task A_hub_that_starts_without_its_redis_says_so_serves_what_it_can_and_goes_on_when_it_is_there()
    {
        await _team.Redis.KillAsync();
        await using var hub = await _team.StartNodeAsync(new Dictionary<string, string>());
        using var person = await HubClient.SignInAsync(hub);
        var notReady = await person.GetAsync("/health/ready");
        Assert.Equal(503, notReady.Status);
        Assert.Contains("Bus:Redis:Endpoint", notReady.Json["checks"]!["bus"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(hub.Errors, line => line.Contains(_team.Redis.Place.Endpoint, StringComparison.Ordinal));
        Assert.Equal(200, (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Without Redis" })).Status);
        await AnswerAsync(person);

        await _team.Redis.StartAsync();
        Assert.True(await Soon.HoldsAsync(async () => (await person.GetAsync("/health/ready")).Status == 200, TimeSpan.FromSeconds(60)));
        await AnswerAsync(person);
    }

    [Fact]
    public async Task A_hub_refuses_a_database_of_a_newer_version_and_names_it()
    {
        await (await _team.StartNodeAsync(new Dictionary<string, string>())).DisposeAsync();
        await ExecuteAsync("insert into schema_versions (name, applied_at) values ('9999_from_the_future', hub_now())");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _team.StartNodeAsync(new Dictionary<string, string>()));
        Assert.Contains("ended with code 1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'9999_from_the_future', which this version does not know. Start the newer version.", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A conversation of its own, asked something and answered.</summary>
    private static async Task AnswerAsync(HubClient person)
    {
        var conversation = (await person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        var sent = await person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "/help", ["request_id"] = $"msg-{Guid.CreateVersion7():N}" });
        Assert.Equal(202, sent.Status);
        Assert.True(await Soon.HoldsAsync(
            async () => (await person.GetAsync($"/api/v1/conversations/{conversation}")).Json["runs"]![0]!["status"]!.GetValue<string>() == "completed", TimeSpan.FromSeconds(60)));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{_team.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ControlChat.Tests.App.Usage;

/// <summary>Usage over HTTP, through the real app.</summary>
public sealed class UsageRestTests
{
    [Fact]
    public async Task Calls_by_every_door_are_there_after_a_few_seconds()
    {
        await using var hub = await TestHub.StartAsync();
        var token = await hub.TokenAsync();
        Assert.Equal(200, (await CallAsync(hub.Browser, "workspace.list")).Status);
        Assert.Equal(200, (await CallAsync(token, "workspace.list")).Status);
        Assert.Equal(404, (await CallAsync(token, "no.such.tool")).Status);
        await FlushAsync(hub);

        var tools = await TestHub.JsonAsync(token, "/api/v1/usage?by=tool");

        Assert.Equal(["unknown 1 1", "workspace.list 2 0"], Items(tools).Select(i => $"{i["key"]} {i["calls"]} {i["errors"]}").Order(StringComparer.Ordinal));
        Assert.Equal((3, 1), ((int)tools["total"]!["calls"]!, (int)tools["total"]!["errors"]!));
        Assert.True((double)tools["total"]!["p95_ms"]! > 0);
        Assert.Equal(
            ["key", "name", "runs", "runs_failed", "run_p50_ms", "run_p95_ms", "calls", "errors", "p50_ms", "p95_ms", "tokens_in", "tokens_out", "sessions", "sessions_failed", "session_seconds", "error_rate"],
            Items(tools)[0].AsObject().Select(p => p.Key));
        var tokens = await TestHub.JsonAsync(hub.Browser, "/api/v1/usage?by=token&account=me");
        Assert.Equal(["2 test", "1 Signed in, without a token"], Items(tokens).Select(i => $"{i["calls"]} {i["name"]}"));
        Assert.Equal(hub.Person.Name, (string?)Items(await TestHub.JsonAsync(hub.Browser, "/api/v1/usage?by=person")).Single()["name"]);
    }

    [Theory]
    [InlineData("/api/v1/usage?from=yesterday", 422)]
    [InlineData("/api/v1/usage?from=2026-11-27&to=2026-11-26", 422)]
    [InlineData("/api/v1/usage?from=2025-01-01&to=2026-11-26", 422)]
    [InlineData("/api/v1/usage?to=0001-01-01", 422)]
    [InlineData("/api/v1/usage?from=0001-01-01&to=0001-01-01", 422)]
    [InlineData("/api/v1/usage?from=0001-01-01", 422)]
    [InlineData("/api/v1/usage?to=9999-12-31", 422)]
    [InlineData("/api/v1/usage?from=9999-12-31&to=9999-12-31", 422)]
    [InlineData("/api/v1/usage/export?format=csv&to=0001-01-01", 422)]
    [InlineData("/api/v1/usage?by=mood", 422)]
    [InlineData("/api/v1/usage?by=0", 422)]
    [InlineData("/api/v1/usage?by=Person", 422)]
    [InlineData("/api/v1/usage?sort=beauty", 422)]
    [InlineData("/api/v1/usage?limit=0", 422)]
    [InlineData("/api/v1/usage?cursor=x", 422)]
    [InlineData("/api/v1/usage?by=token", 403)]
    [InlineData("/api/v1/usage/export", 422)]
    [InlineData("/api/v1/usage/export?format=xml", 422)]
    public async Task What_cannot_be_answered_says_why(string path, int status)
    {
        await using var hub = await TestHub.StartAsync();
        using var answer = await hub.Browser.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(401, (int)(await hub.Anonymous.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task An_admins_export_of_others_is_on_the_record_and_of_their_own_is_not()
    {
        await using var hub = await TestHub.StartAsync();
        await CallAsync(hub.Browser, "workspace.list");
        await FlushAsync(hub);
        foreach (var path in new[] { "format=csv&by=day", "format=jsonl&by=tool", "format=csv&by=token&account=me" }) _ = await GetAsync(hub.Browser, path);
        Assert.Empty(Items(await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?event=usage.exported")));

        var (text, name) = await GetAsync(hub.Browser, "format=csv&by=person");

        var today = DateOnly.FromDateTime(hub.Time.GetUtcNow().UtcDateTime);
        Assert.Equal($"usage-{today.AddDays(-29):yyyy-MM-dd}-{today:yyyy-MM-dd}.csv", name);
        Assert.Equal(2, text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        var row = Items(await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?event=usage.exported")).Single();
        Assert.Equal((hub.Person.AccountId, "person", "csv"), ((string?)row["actor"]!["account"], (string?)row["data"]!["by"], (string?)row["data"]!["format"]));
    }

    [Fact]
    public async Task A_name_that_looks_like_a_formula_is_text_in_a_spreadsheet()
    {
        await using var hub = await TestHub.StartAsync();
        await SqlAsync(hub, "update accounts set name = '=1+1'");
        await CallAsync(hub.Browser, "workspace.list");
        await FlushAsync(hub);
        Assert.Contains($"{hub.Person.AccountId},'=1+1,", (await GetAsync(hub.Browser, "format=csv&by=person")).Text, StringComparison.Ordinal);
        var lines = (await GetAsync(hub.Browser, "format=jsonl&by=person")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(("controlchat-usage/1", "=1+1", 1), ((string?)lines[0]["format"], (string?)lines[1]["name"], (int)lines[^1]["end"]!["rows"]!));
    }

    [Fact]
    public async Task A_member_gets_their_own_and_totals_and_nothing_of_others()
    {
        await using var hub = await TestHub.StartAsync();
        await CallAsync(hub.Browser, "workspace.list");
        await FlushAsync(hub);
        await SqlAsync(hub, "insert into accounts (id, name, role, created_at) values ('acc_second', 'Second', 'admin', hub_now())");
        await SqlAsync(hub, "update accounts set role = 'member' where id <> 'acc_second'");

        Assert.Equal(1, (int)(await TestHub.JsonAsync(hub.Browser, "/api/v1/usage"))["total"]!["calls"]!);
        Assert.Equal(1, (int)(await TestHub.JsonAsync(hub.Browser, "/api/v1/usage?account=me&by=tool"))["total"]!["calls"]!);
        foreach (var path in new[] { "?by=person", "?account=acc_second", "?account=acc_nobody", "?account=*", "/export?format=csv&by=person", "/export?format=csv&account=acc_second" })
        {
            using var answer = await hub.Browser.GetAsync(new Uri("/api/v1/usage" + path, UriKind.Relative));
            Assert.Equal(403, (int)answer.StatusCode);
            Assert.DoesNotContain("Second", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_counted_is_written_down_when_the_hub_stops()
    {
        await using var hub = await TestHub.StartAsync();
        await CallAsync(hub.Browser, "workspace.list");
        await hub.RestartAsync();
        Assert.Equal(1, (int)Items(await TestHub.JsonAsync(hub.Browser, "/api/v1/usage?by=tool")).Single(i => (string?)i["key"] == "workspace.list")["calls"]!);
    }

    private static async Task<(int Status, JsonObject Body)> CallAsync(HttpClient client, string tool) =>
        await TestHub.PostAsync(client, $"/api/v1/tools/{tool}", new { request_id = $"usage-{Guid.NewGuid():n}", arguments = new { } });

    private static async Task<(string Text, string? Name)> GetAsync(HttpClient client, string query)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/usage/export?" + query, UriKind.Relative));
        Assert.Equal(200, (int)answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentDisposition?.FileName);
    }

    private static Task FlushAsync(TestHub hub) => hub.Services.GetServices<IHostedService>().OfType<UsageFlush>().Single().FlushAsync(default);

    private static async Task SqlAsync(TestHub hub, string sql)
    {
        await using var transaction = await hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
        await transaction.ExecuteAsync(sql, null, default);
        await transaction.CommitAsync(default);
    }

    private static List<JsonNode> Items(JsonObject page) => [.. page["items"]!.AsArray().Select(i => i!)];
}

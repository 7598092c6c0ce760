using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Audit;

/// <summary>Section 6 of the contract through the real app.</summary>
public sealed class AuditOverRestTests
{
    private static readonly string[] Fields =
    [
        "seq", "id", "at", "event", "outcome", "actor", "approver", "tool", "action_id", "request_id", "plan_id", "plan_hash", "approval_id", "run_id", "conversation_id",
        "workspace_id", "trace_id", "policy_version", "data", "prev_hash", "body_hash", "hash",
    ];

    [Fact]
    public async Task Rows_come_newest_first_with_every_field()
    {
        await using var hub = await TestHub.StartAsync();
        await CreateAsync(hub, "one");
        await CreateAsync(hub, "two");

        var page = await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?tool=workspace.create&limit=1");
        var older = await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit?tool=workspace.create&limit=1&cursor={page["next_cursor"]}");

        Assert.Equal(Fields, page["items"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(["account", "session", "token", "via"], page["items"]![0]!["actor"]!.AsObject().Select(p => p.Key).Order());
        Assert.True(page["items"]![0]!["seq"]!.GetValue<long>() > older["items"]![0]!["seq"]!.GetValue<long>());
        var one = await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit/{older["items"]![0]!["seq"]}");
        Assert.True(JsonNode.DeepEquals(older["items"]![0], one));
    }

    [Theory]
    [InlineData("/api/v1/audit?from=yesterday", 422)]
    [InlineData("/api/v1/audit?limit=0", 422)]
    [InlineData("/api/v1/audit?cursor=x", 422)]
    [InlineData("/api/v1/audit/999999", 404)]
    [InlineData("/api/v1/audit/export?format=xml", 422)]
    [InlineData("/api/v1/audit/export", 422)]
    [InlineData("/api/v1/audit/export?format=csv&from_seq=-1", 422)]
    public async Task What_cannot_be_answered_says_why(string path, int status)
    {
        await using var hub = await TestHub.StartAsync();

        using var answer = await hub.Browser.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_record_verifies_and_its_export_verifies_too()
    {
        await using var hub = await TestHub.StartAsync();
        await CreateAsync(hub, "one");
        await hub.Services.GetRequiredService<ICheckpoints>().SignAsync(default);

        var verdict = await TestHub.JsonAsync(hub.Browser, "/api/v1/audit/verify");
        Assert.Equal(["ok", "rows", "last_seq", "last_hash", "checkpoints", "first_bad_seq", "problem"], verdict.Select(p => p.Key));
        Assert.True((bool)verdict["ok"]! && (int)verdict["checkpoints"]! > 0, verdict.ToJsonString());

        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["audit.jsonl"], await hub.Browser.GetStringAsync(new Uri("/api/v1/audit/export?format=jsonl", UriKind.Relative)));
        var offline = await ExportVerifier.VerifyAsync(folder["audit.jsonl"], null, null, default);
        Assert.True(offline!.Ok && offline.Rows > (long)verdict["rows"]!, offline.ToString());
    }

    [Fact]
    public async Task The_export_is_on_the_record_and_comes_as_a_file()
    {
        await using var hub = await TestHub.StartAsync();

        using var answer = await hub.Browser.GetAsync(new Uri("/api/v1/audit/export?format=csv&event=hub.started", UriKind.Relative));

        Assert.Equal(("text/csv", "audit.csv"), (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.FileName));
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        var exported = await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?event=audit.exported");
        Assert.Equal("hub.started", (string?)exported["items"]![0]!["data"]!["filter"]!["event"]);
    }

    [Fact]
    public async Task Without_sign_in_there_is_nothing()
    {
        await using var hub = await TestHub.StartAsync();
        foreach (var path in new[] { "/api/v1/audit", "/api/v1/audit/1", "/api/v1/audit/verify", "/api/v1/audit/export?format=jsonl" })
            Assert.Equal(401, (int)(await hub.Anonymous.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task The_tool_finds_rows_and_calls_them_untrusted_text()
    {
        await using var hub = await TestHub.StartAsync();
        await CreateAsync(hub, "needle");

        var (status, answer) = await TestHub.PostAsync(hub.Browser, "/api/v1/tools/audit.search", new { request_id = "search-audit-1", arguments = new { text = "needle" } });
        Assert.Equal((200, "workspace.create"), (status, (string?)answer["result"]!["items"]![0]!["tool"]));

        var (refused, _) = await TestHub.PostAsync(hub.Browser, "/api/v1/tools/audit.search", new { request_id = "search-audit-2", arguments = new { from = "yesterday" } });
        Assert.Equal(422, refused);
    }

    private static async Task CreateAsync(TestHub hub, string title)
    {
        var (status, _) = await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.create", new { request_id = $"create-{title}-1", arguments = new { title } });
        Assert.Equal(200, status);
    }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.History;

/// <summary>The trail of one thing through the real app.</summary>
public sealed class HistoryOverRestTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private string _id = "";
    private int _requests;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        _id = (string)(await CallAsync("workspace.create", new { title = "one" }))["result"]!["workspace"]!["id"]!;
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "two" });
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "three" });
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Changes_come_newest_first_page_by_page()
    {
        using var reading = await _hub.TokenAsync(TokenScopes.Read);
        var page = await TestHub.JsonAsync(reading, $"/api/v1/history?resource=workspace/{_id}&field=title&limit=2");
        Assert.Equal(["resource", "field", "items", "next_cursor", "begins", "waiting"], page.Select(p => p.Key));
        Assert.Equal(["three", "two"], page["items"]!.AsArray().Select(i => (string?)i!["after"]));
        var entry = page["items"]![0]!.AsObject();
        Assert.Equal(
            ["seq", "at", "resource", "about", "op", "field", "before", "after", "tool", "actor", "approver", "summary", "action_id", "plan_id", "approval_id", "conversation_id", "message", "batch", "end", "undo", "evidence"],
            entry.Select(p => p.Key));
        Assert.Equal((true, null), ((bool)entry["undo"]!["available"]!, (string?)entry["undo"]!["why_not"]));
        var row = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/audit/{entry["seq"]}");
        Assert.Equal(((string?)row["hash"], true), ((string?)entry["evidence"]!["hash"], (bool)entry["evidence"]!["intact"]!));
        var older = await TestHub.JsonAsync(reading, $"/api/v1/history?resource=workspace/{_id}&field=title&limit=2&cursor={page["next_cursor"]}");
        Assert.Equal(("one", null), ((string?)older["items"]!.AsArray().Single()!["after"], (string?)older["next_cursor"]));
    }

    [Fact]
    public async Task A_message_in_the_chat_leads_to_its_change_and_the_change_to_the_message()
    {
        var talk = (string)(await TestHub.PostAsync(_hub.Browser, "/api/v1/conversations", new { title = "Cleanup" })).Body["id"]!;
        await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{talk}/messages", new { text = "/rename three to four", request_id = "message-0001" });
        JsonObject entry = [];
        await Waiting.UntilAsync(async () => (string?)(entry = (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/history?resource=workspace/{_id}&field=title"))["items"]![0]!.AsObject())["after"] == "four");
        Assert.Equal((talk, "Cleanup", "/rename three to four", 1), ((string?)entry["conversation_id"], (string?)entry["message"]!["conversation_title"], (string?)entry["message"]!["excerpt"], (int)entry["message"]!["seq"]!));
        Assert.Equal(("ask", "control-agent"), ((string?)entry["actor"]!["via"], (string?)entry["actor"]!["agent"]));
    }

    [Fact]
    public async Task What_it_was_like_is_answered_for_a_time()
    {
        var rows = (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/history?resource=workspace/{_id}&field=title"))["items"]!.AsArray();
        var past = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/history/as-of?resource=workspace/{_id}&at={rows[1]!["at"]}");
        Assert.Equal(["resource", "at", "exists", "fields", "record_begins", "begins", "waiting", "cut"], past.Select(p => p.Key));
        var title = past["fields"]!.AsArray().Single(f => (string?)f!["field"] == "title")!;
        // Two of them may have been written in the same millisecond.
        Assert.Contains((string?)title["value"], (string[])["two", "three"]);
        Assert.Equal("set", (string?)title["known"]);
        var before = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/history/as-of?resource=workspace/{_id}&at=2020-01-01T00:00:00Z");
        Assert.False((bool)before["exists"]!);
    }

    [Theory]
    [InlineData("", 422)]
    [InlineData("?resource=workspace", 422)]
    [InlineData("?resource=workspace/ws_none", 404)]
    [InlineData("?resource=setting/Hub:Kind", 404)]
    [InlineData("?resource=workspace/{id}&limit=0", 422)]
    [InlineData("?resource=workspace/{id}&cursor=x", 422)]
    [InlineData("/as-of?resource=workspace/{id}&at=yesterday", 422)]
    [InlineData("/as-of?resource=workspace/ws_none&at=2026-01-01T00:00:00Z", 404)]
    public async Task What_cannot_be_answered_says_why(string query, int status)
    {
        using var answer = await _hub.Browser.GetAsync(new Uri("/api/v1/history" + query.Replace("{id}", _id, StringComparison.Ordinal), UriKind.Relative));
        Assert.Equal((status, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Without_sign_in_or_as_somebody_else_there_is_nothing()
    {
        Assert.Equal(401, (int)(await _hub.Anonymous.GetAsync(new Uri($"/api/v1/history?resource=workspace/{_id}", UriKind.Relative))).StatusCode);
        await using (var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values ('acc_mara', 'Mara', 'mara@example.org', 'member', hub_now())", null, default);
            await transaction.CommitAsync(default);
        }
        var (_, secret) = await _hub.Services.GetRequiredService<ApiTokens>().CreateAsync("acc_mara", new ApiTokenRequest("test", TokenScopes.Read, 30), AccountActor.Of(_hub.Person), default);
        using var stranger = _hub.CreateClient();
        stranger.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal(404, (int)(await stranger.GetAsync(new Uri($"/api/v1/history?resource=workspace/{_id}", UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await stranger.GetAsync(new Uri($"/api/v1/history/as-of?resource=workspace/{_id}&at=2026-01-01T00:00:00Z", UriKind.Relative))).StatusCode);
    }

    private async Task<JsonObject> CallAsync(string tool, object arguments)
    {
        var (status, body) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/tools/{tool}", new { request_id = $"request-{Interlocked.Increment(ref _requests):000000}", arguments });
        Assert.Equal(200, status);
        return body;
    }
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

public sealed class GrantsOverRestTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private string _workspace = "";
    private int _requests;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        _workspace = (string)(await CallAsync("workspace.create", new { title = "kettle" })).Body["result"]!["workspace"]!["id"]!;
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_grant_is_made_seen_used_and_revoked()
    {
        var approval = await DecidedAsync();
        var (status, made) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/grant", Body(_workspace));
        Assert.Equal((201, "active", 0, 2), (status, (string?)made["status"], (int)made["used"]!, (int)made["count"]!));
        var id = (string)made["id"]!;
        var (done, outcome) = await CallAsync("workspace.archive", new { workspace_id = _workspace });
        Assert.Equal((200, id, 1, 2), (done, (string?)outcome["grant_id"], (int)outcome["grant_used"]!, (int)outcome["grant_count"]!));
        Assert.Equal(id, (string?)(await TestHub.JsonAsync(_hub.Browser, "/api/v1/grants?status=active"))["items"]![0]!["id"]);
        Assert.Empty((await TestHub.JsonAsync(_hub.Browser, "/api/v1/grants?status=ended"))["items"]!.AsArray());
        using var revoked = await _hub.Browser.DeleteAsync(new Uri($"/api/v1/grants/{id}", UriKind.Relative));
        Assert.Equal((200, "revoked"), ((int)revoked.StatusCode, (string?)(await TestHub.BodyAsync(revoked))["status"]));
        Assert.Equal("revoked", (string?)(await TestHub.JsonAsync(_hub.Browser, $"/api/v1/grants/{id}"))["status"]);
        var again = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/grant", Body(_workspace));
        Assert.Equal((409, "conflict"), (again.Status, (string?)again.Body["code"]));
    }

    [Fact]
    public async Task Pages_go_by_key()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(201, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{await DecidedAsync()}/grant", Body(_workspace))).Status);
        var first = await TestHub.JsonAsync(_hub.Browser, "/api/v1/grants?limit=2");
        var rest = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/grants?limit=2&cursor={first["next_cursor"]}");
        Assert.Equal((2, 1, (string?)null), (first["items"]!.AsArray().Count, rest["items"]!.AsArray().Count, (string?)rest["next_cursor"]));
        foreach (var bad in new[] { "status=open", "limit=0", "limit=201", "cursor=x" })
        {
            using var answer = await _hub.Browser.GetAsync(new Uri($"/api/v1/grants?{bad}", UriKind.Relative));
            Assert.Equal(422, (int)answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"constraints":[null],"count":1,"ends_at":"2099-01-01T00:00:00.000Z"}""")]
    [InlineData("""{"constraints":[{"argument":"workspace_id","is":"one_of","values":[null]}],"count":1,"ends_at":"2099-01-01T00:00:00.000Z"}""")]
    [InlineData("""{"constraints":[{"argument":"workspace_id"}],"count":1,"ends_at":"2099-01-01T00:00:00.000Z"}""")]
    [InlineData("""{"constraints":[],"count":"1"}""")]
    [InlineData("""{"constraints":[],"count":1,"ends_at":"soon"}""")]
    [InlineData("""{"constraints":[],"count":1,"ends_at":"2099-01-01T00:00:00.000Z","role":"admin"}""")]
    public async Task What_is_malformed_is_refused_with_words(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _hub.Browser.PostAsync(new Uri($"/api/v1/approvals/{await DecidedAsync()}/grant", UriKind.Relative), content);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.NotEmpty((string)(await TestHub.BodyAsync(answer))["detail"]!);
    }

    [Fact]
    public async Task A_token_a_page_elsewhere_and_nobody_have_no_way_in()
    {
        var approval = await DecidedAsync();
        var id = (string)(await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/grant", Body(_workspace))).Body["id"]!;
        foreach (var scopes in new[] { TokenScopes.All, TokenScopes.Read })
        {
            var token = await _hub.TokenAsync(scopes);
            var made = await TestHub.PostAsync(token, $"/api/v1/approvals/{approval}/grant", Body(_workspace));
            Assert.Equal((403, "token_cannot_approve"), (made.Status, (string?)made.Body["code"]));
            foreach (var (method, path) in new[] { (HttpMethod.Get, "/api/v1/grants"), (HttpMethod.Get, $"/api/v1/grants/{id}"), (HttpMethod.Delete, $"/api/v1/grants/{id}") })
            {
                using var answer = await token.SendAsync(new HttpRequestMessage(method, new Uri(path, UriKind.Relative)));
                Assert.Equal((403, "token_cannot_approve"), ((int)answer.StatusCode, (string?)(await TestHub.BodyAsync(answer))["code"]));
            }
        }
        Assert.Equal(401, (await TestHub.PostAsync(_hub.Anonymous, $"/api/v1/approvals/{approval}/grant", Body(_workspace))).Status);
        using var forged = new HttpRequestMessage(HttpMethod.Delete, new Uri($"/api/v1/grants/{id}", UriKind.Relative));
        forged.Headers.Add("Cookie", _hub.Browser.DefaultRequestHeaders.GetValues("Cookie"));
        using var refused = await _hub.Anonymous.SendAsync(forged);
        Assert.Equal("csrf", (string?)(await TestHub.BodyAsync(refused))["code"]);
        Assert.Equal("active", (string?)(await TestHub.JsonAsync(_hub.Browser, $"/api/v1/grants/{id}"))["status"]);
        var api = await TestHub.JsonAsync(_hub.Anonymous, "/openapi/v1.json");
        foreach (var path in new[] { "/api/v1/grants", "/api/v1/grants/{id}", "/api/v1/approvals/{id}/grant" }) Assert.NotNull(api["paths"]![path]);
    }

    [Fact]
    public void No_tool_run_or_client_of_the_protocol_reaches_the_making_of_a_grant()
    {
        var reached = CodeReferences.Core
            .Where(r => r.Target.Namespace == "ControlChat.Core.Gate.Grants" && r.From.Namespace?.StartsWith("ControlChat.Core.Gate", StringComparison.Ordinal) != true)
            .Select(r => r.Where).ToList();
        Assert.Empty(reached);
        Assert.Contains(CodeReferences.Core, r => r.Target.Name == "IGrants");
    }

    private static JsonObject Body(string workspace) => new()
    {
        ["constraints"] = new JsonArray(new JsonObject { ["argument"] = "workspace_id", ["is"] = "equals", ["values"] = new JsonArray(workspace) }),
        ["count"] = 2,
        ["ends_at"] = TimeProvider.System.GetUtcNow().AddDays(1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
    };

    private async Task<string> DecidedAsync()
    {
        await CallAsync("workspace.unarchive", new { workspace_id = _workspace });
        var asked = (await CallAsync("workspace.archive", new { workspace_id = _workspace })).Body;
        // What another grant let through is put back, and that grant taken away.
        while (asked["approval_id"] is null)
        {
            using var revoked = await _hub.Browser.DeleteAsync(new Uri($"/api/v1/grants/{asked["grant_id"]}", UriKind.Relative));
            await CallAsync("workspace.unarchive", new { workspace_id = _workspace });
            asked = (await CallAsync("workspace.archive", new { workspace_id = _workspace })).Body;
        }
        var token = (string)(await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}"))["confirm_token"]!;
        Assert.Equal(200, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{asked["approval_id"]}/approve", new { confirm_token = token })).Status);
        await CallAsync("workspace.unarchive", new { workspace_id = _workspace });
        return (string)asked["approval_id"]!;
    }

    private Task<(int Status, JsonObject Body)> CallAsync(string tool, object arguments) =>
        TestHub.PostAsync(_hub.Browser, $"/api/v1/tools/{tool}", new { request_id = $"grants-{_requests++:0000}", arguments });
}

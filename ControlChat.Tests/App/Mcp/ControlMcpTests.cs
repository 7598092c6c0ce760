using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace ControlChat.Tests.App.Mcp;

/// <summary>The control tools for people's own agents, with the SDK's client and by hand.</summary>
public sealed class ControlMcpTests : IAsyncLifetime
{
    private const string Path = "/mcp/control";
    private static readonly string[] Withheld = ["logs_search", "audit_search", "config_get", "ui_action"];
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_token_that_reads_is_offered_what_only_reads_and_nothing_of_the_hubs_own()
    {
        await using var client = await ConnectAsync(await SecretAsync(TokenScopes.Read));
        var tools = await client.ListToolsAsync();
        Assert.Contains(tools, t => t.Name == "workspace_list" && t.ProtocolTool.Annotations!.ReadOnlyHint == true);
        Assert.All(tools, t => Assert.True(t.ProtocolTool.Annotations!.ReadOnlyHint));
        Assert.DoesNotContain(tools, t => Withheld.Contains(t.Name));
        Assert.Equal("completed", Outcome(await client.CallToolAsync("workspace_list", new Dictionary<string, object?> { ["limit"] = 5 }))["status"]!.GetValue<string>());
        // By either name.
        Assert.Equal("completed", Outcome(await client.CallToolAsync("workspace.list"))["status"]!.GetValue<string>());
        foreach (var absent in (string[])["audit_search", "session.start", "no_such"])
            Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync(absent))).ErrorCode);
        var denied = await client.CallToolAsync("workspace_create", new Dictionary<string, object?> { ["title"] = "x" });
        Assert.Equal((true, "scope_missing"), (denied.IsError, Outcome(denied)["error"]!["code"]!.GetValue<string>()));
        var invalid = await client.CallToolAsync("workspace_list", new Dictionary<string, object?> { ["no_such_field"] = 1 });
        Assert.Equal((true, "unknown_field"), (invalid.IsError, Outcome(invalid)["error"]!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task What_changes_something_waits_for_a_person_and_says_where()
    {
        await using var client = await ConnectAsync(await SecretAsync(TokenScopes.All));
        var asked = await CreateAsync(client, "req-control-1");
        var outcome = Outcome(asked);
        Assert.Equal((false, "confirmation_required", true), (asked.IsError ?? false, outcome["status"]!.GetValue<string>(), outcome["plan"]!["tainted"]!.GetValue<bool>()));
        var approval = outcome["approval_id"]!.GetValue<string>();
        Assert.Contains(outcome["approval_url"]!.GetValue<string>(), ((TextContentBlock)asked.Content.Single()).Text, StringComparison.Ordinal);
        Assert.Equal(approval, Outcome(await CreateAsync(client, "req-control-1"))["approval_id"]!.GetValue<string>());
        Assert.Empty(await TitlesAsync());

        var token = (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{approval}"))["confirm_token"]!.GetValue<string>();
        Assert.Equal(200, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/approve", new { confirm_token = token })).Status);
        var done = await CreateAsync(client, "req-control-1");
        Assert.Equal("completed", Outcome(done)["status"]!.GetValue<string>());
        Assert.DoesNotContain(token, JsonSerializer.Serialize(done, McpJsonUtilities.DefaultOptions), StringComparison.Ordinal);
        Assert.Equal(["from outside"], await TitlesAsync());
        // Without an id of its own each message is a request of its own.
        Assert.NotEqual(Outcome(await CreateAsync(client, null))["approval_id"]!.GetValue<string>(), Outcome(await CreateAsync(client, null))["approval_id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Each_call_is_on_the_record_with_its_token()
    {
        await using var client = await ConnectAsync(await SecretAsync(TokenScopes.All));
        await client.CallToolAsync("workspace_list");
        await CreateAsync(client, "req-control-2");
        await CreateAsync(client, new string('x', 100_000));
        var rows = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/audit?event=mcp.called"))["items"]!.AsArray();
        Assert.Equal([("workspace.create", "invalid"), ("workspace.create", "confirmation_required"), ("workspace.list", "completed")], rows.Select(r => (r!["tool"]!.GetValue<string>(), r["outcome"]!.GetValue<string>())));
        Assert.Null(rows[0]!["request_id"]);
        Assert.All(rows, r => Assert.Equal(("mcp", true), (r!["actor"]!["via"]!.GetValue<string>(), r["actor"]!["token"] is not null)));
    }

    [Fact]
    public async Task No_cookie_no_stranger_and_no_other_token_gets_in()
    {
        var (mine, others) = (await SecretAsync(TokenScopes.Read), await SecretAsync(TokenScopes.Read));
        using var client = _hub.CreateClient();
        Assert.Equal(401, await PostAsync(client, null, McpBench.Initialize()));
        Assert.Equal(401, await PostAsync(client, "cct_" + new string('A', 43), McpBench.Initialize()));
        Assert.Equal(401, await PostAsync(_hub.Browser, null, McpBench.Initialize()));
        Assert.Equal(403, await PostAsync(client, mine, McpBench.Initialize(), change: r => r.Headers.Add("Origin", "https://evil.example")));
        using var begun = await client.SendAsync(Request(mine, McpBench.Initialize()));
        var session = begun.Headers.GetValues("Mcp-Session-Id").Single();
        Assert.Equal(200, await PostAsync(client, mine, McpBench.Message(2, "tools/list"), session));
        Assert.Equal(404, await PostAsync(client, others, McpBench.Message(3, "tools/list"), session));
        var tokens = _hub.Services.GetRequiredService<ApiTokens>();
        foreach (var token in await tokens.ListAsync(_hub.Person.AccountId, default)) await tokens.RevokeAsync(token.Id, _hub.Person.AccountId, AccountActor.Of(_hub.Person), default);
        Assert.Equal(401, await PostAsync(client, mine, McpBench.Message(4, "tools/list"), session));
    }

    private static Task<CallToolResult> CreateAsync(McpClient client, string? requestId) => client.CallToolAsync(new CallToolRequestParams
    {
        Name = "workspace_create",
        Arguments = new Dictionary<string, JsonElement> { ["title"] = JsonSerializer.SerializeToElement("from outside") },
        Meta = requestId is null ? null : new JsonObject { ["request_id"] = requestId },
    }).AsTask();

    private static JsonObject Outcome(CallToolResult result) => JsonObject.Create(result.StructuredContent!.Value)!;

    private async Task<IEnumerable<string>> TitlesAsync() =>
        (await TestHub.PostAsync(_hub.Browser, "/api/v1/tools/workspace.list", new { request_id = $"req-{Guid.NewGuid():n}", arguments = new { } })).Body["result"]!["items"]!.AsArray().Select(w => w!["title"]!.GetValue<string>());

    private async Task<string> SecretAsync(TokenScopes scopes) => (await _hub.TokenAsync(scopes)).DefaultRequestHeaders.Authorization!.Parameter!;

    private Task<McpClient> ConnectAsync(string secret) => McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = new Uri(_hub.Url + Path),
        TransportMode = HttpTransportMode.StreamableHttp,
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + secret },
    }));

    private static async Task<int> PostAsync(HttpClient client, string? secret, JsonObject message, string? session = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = Request(secret, message);
        if (session is not null) request.Headers.Add("Mcp-Session-Id", session);
        change?.Invoke(request);
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static HttpRequestMessage Request(string? secret, JsonObject message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(message.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (secret is not null) request.Headers.Authorization = new("Bearer", secret);
        return request;
    }
}

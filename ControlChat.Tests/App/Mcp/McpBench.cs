using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Sessions;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;

namespace ControlChat.Tests.App.Mcp;

/// <summary>A hub with a session at work in a workspace, and clients of its tools: raw ones and the SDK's own.</summary>
internal sealed class McpBench : IAsyncDisposable
{
    public const string Path = "/mcp/workspace";
    public const string AgentPath = "/agent-tools/v1/mcp";
    private readonly HttpClient _client;

    private McpBench(AgentModelBench bench)
    {
        Bench = bench;
        _client = bench.Hub.CreateClient();
        Directory.CreateDirectory(Root);
    }

    public AgentModelBench Bench { get; }

    public AgentTokens Tokens => Bench.Hub.Services.GetRequiredService<AgentTokens>();

    public string Root => System.IO.Path.Combine(Bench.Hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, Bench.Workspace);

    public static async Task<McpBench> StartAsync(params string[] args) => new(await AgentModelBench.StartAsync(["--Limits:RequestsPerMinute=1000000", .. args]));

    public void Put(string path, string text) => File.WriteAllText(System.IO.Path.Combine(Root, path), text);

    public string Get(string path) => File.ReadAllText(System.IO.Path.Combine(Root, path));

    public async Task<string> TokenAsync(Session? session = null) => (await Tokens.IssueAsync((session ?? Bench.Session).Id, AgentScopes.All, default))!;

    public Task<McpClient> ConnectAsync(string token, string? url = null) => McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = new Uri(url ?? Bench.Hub.Url + Path),
        TransportMode = HttpTransportMode.StreamableHttp,
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + token },
    }));

    public static JsonObject Message(int? id, string method, JsonObject? parameters = null)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method };
        if (id is { } number) message["id"] = number;
        if (parameters is not null) message["params"] = parameters;
        return message;
    }

    public static JsonObject Initialize(int id = 1) => Message(id, "initialize", new JsonObject
    {
        ["protocolVersion"] = "2025-06-18",
        ["capabilities"] = new JsonObject(),
        ["clientInfo"] = new JsonObject { ["name"] = "test", ["version"] = "1" },
    });

    public static JsonObject Call(int id, string tool, JsonObject arguments) => Message(id, "tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments });

    public async Task<Answer> SendAsync(string? token, HttpMethod method, string? body, string? session = null, Action<HttpRequestMessage>? change = null, HttpClient? client = null, string path = Path)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (session is not null) request.Headers.Add("Mcp-Session-Id", session);
        change?.Invoke(request);
        using var answer = await (client ?? _client).SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var data = text.Split('\n').FirstOrDefault(l => l.StartsWith("data:", StringComparison.Ordinal));
        var message = data is not null ? JsonNode.Parse(data[5..]) : answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonNode.Parse(text) : null;
        return new Answer((int)answer.StatusCode, message?.AsObject(), answer.Headers.TryGetValues("Mcp-Session-Id", out var ids) ? ids.Single() : null, text);
    }

    public Task<Answer> PostAsync(string? token, JsonObject message, string? session = null, Action<HttpRequestMessage>? change = null, HttpClient? client = null, string path = Path) =>
        SendAsync(token, HttpMethod.Post, message.ToJsonString(), session, change, client, path);

    /// <summary>The id of a new MCP session.</summary>
    public async Task<string> BeginAsync(string token)
    {
        var answer = await PostAsync(token, Initialize());
        if (answer.Status != 200) throw new InvalidOperationException(answer.Text);
        await PostAsync(token, Message(null, "notifications/initialized"), answer.Session);
        return answer.Session!;
    }

    public async ValueTask DisposeAsync() => await Bench.DisposeAsync();

    /// <param name="Message">The JSON-RPC message or the problem; null for neither.</param>
    public sealed record Answer(int Status, JsonObject? Message, string? Session, string Text)
    {
        public string? Detail => Message?["detail"]?.GetValue<string>();

        public JsonNode? Result => Message?["result"];
    }
}

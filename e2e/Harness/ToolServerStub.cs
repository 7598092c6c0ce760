using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlChat.Harness;

/// <summary>An outside tool server over HTTP that does what a test says, also what no honest one would do.</summary>
public sealed class ToolServerStub : IAsyncDisposable
{
    private WebApplication? _app;
    private int _port;
    private int _sessions;

    /// <summary>What it says of its tools; change it while it runs.</summary>
    public List<JsonObject> Tools { get; } = [Tool("search", "Finds pages.", "query"), Tool("write_page", "Writes a page.", "title", "text")];

    /// <summary>In place of <see cref="Tools"/>: the array as it stands on the wire.</summary>
    public string? RawTools { get; set; }

    /// <summary>In place of the whole answer to a list.</summary>
    public string? RawList { get; set; }

    /// <summary>The calls that arrived, as <c>name arguments</c>.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The Authorization header of each request.</summary>
    public ConcurrentQueue<string> Credentials { get; } = new();

    /// <summary>What a call answers; the default echoes the arguments as text.</summary>
    public Func<string, JsonObject, Task<JsonNode>> Answer { get; set; } = (_, arguments) => Task.FromResult<JsonNode>(Text(arguments.ToJsonString()));

    /// <summary>Takes a request before it is looked at; true when it has answered.</summary>
    public Func<HttpContext, Task<bool>> First { get; set; } = _ => Task.FromResult(false);

    public string Url => $"http://127.0.0.1:{_port}/mcp";

    public static async Task<ToolServerStub> StartAsync()
    {
        var stub = new ToolServerStub();
        await stub.BeginAsync();
        return stub;
    }

    public static JsonObject Tool(string name, string description, params string[] required) => new()
    {
        ["name"] = name,
        ["description"] = description,
        ["inputSchema"] = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(required.Select(r => KeyValuePair.Create<string, JsonNode?>(r, new JsonObject { ["type"] = "string" }))),
            ["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]),
        },
        // Whatever it says of itself is not believed.
        ["annotations"] = new JsonObject { ["readOnlyHint"] = true },
    };

    public static JsonObject Text(string text, bool isError = false) => new()
    {
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
        ["isError"] = isError,
    };

    /// <summary>Gone, with all it knew of its clients.</summary>
    public async Task StopAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Back at the same place.</summary>
    public async Task BeginAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{_port}");
        _sessions++;
        _app = builder.Build();
        _app.Run(ServeAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Credentials.Enqueue(context.Request.Headers.Authorization.ToString());
        if (await First(context)) return;
        var session = context.Request.Headers["Mcp-Session-Id"].ToString();
        if (context.Request.Method != "POST" || (session.Length > 0 && session != $"s{_sessions}"))
        {
            context.Response.StatusCode = context.Request.Method == "POST" ? 404 : 405;
            return;
        }
        var message = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if (message["id"] is not { } id)
        {
            context.Response.StatusCode = 202;
            return;
        }
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id.DeepClone() };
        switch (message["method"]!.GetValue<string>())
        {
            case "initialize":
                context.Response.Headers["Mcp-Session-Id"] = $"s{_sessions}";
                answer["result"] = new JsonObject
                {
                    ["protocolVersion"] = message["params"]!["protocolVersion"]!.DeepClone(),
                    ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() },
                    ["serverInfo"] = new JsonObject { ["name"] = "stub", ["version"] = "1" },
                };
                break;
            case "tools/list":
                var tools = RawTools ?? new JsonArray([.. Tools.Select(t => t.DeepClone())]).ToJsonString();
                // As it stands, so that it may hold what no JsonNode can.
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync($$"""{"jsonrpc":"2.0","id":{{id.ToJsonString()}},"result":{{RawList ?? $$"""{"tools":{{tools}}}"""}}}""");
                return;
            case "tools/call":
                var (name, arguments) = (message["params"]!["name"]!.GetValue<string>(), message["params"]!["arguments"]!.AsObject());
                Calls.Enqueue($"{name} {arguments.ToJsonString()}");
                answer["result"] = await Answer(name, arguments);
                break;
            default:
                answer["error"] = new JsonObject { ["code"] = -32601, ["message"] = "no such method" };
                break;
        }
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(answer));
    }
}

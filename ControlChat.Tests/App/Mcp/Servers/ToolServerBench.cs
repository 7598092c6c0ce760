using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.Servers;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.App.Mcp.Servers;

/// <summary>A hub with one outside tool server, <c>wiki</c>, whose tool <c>search</c> the operator listed as reading.</summary>
internal sealed class ToolServerBench : IAsyncDisposable
{
    private int _requests;

    private ToolServerBench(ToolServerStub server, TestHub hub) => (Server, Hub) = (server, hub);

    public ToolServerStub Server { get; }

    public TestHub Hub { get; }

    public ToolServers Servers => Hub.Services.GetRequiredService<ToolServers>();

    public static async Task<ToolServerBench> StartAsync(TimeProvider? time = null, Action<ToolServerStub>? before = null, Action<IServiceCollection>? configure = null, params string[] more)
    {
        var server = await ToolServerStub.StartAsync();
        before?.Invoke(server);
        var hub = await TestHub.StartAsync(time, ["--Mcp:Servers:0:Name=wiki", $"--Mcp:Servers:0:Url={server.Url}", "--Mcp:Servers:0:ReadTools:0=search", .. more], configure);
        var bench = new ToolServerBench(server, hub);
        await bench.Servers.LookAsync(default);
        return bench;
    }

    public Task<(int Status, JsonObject Body)> CallAsync(string tool, object arguments, string? requestId = null) =>
        TestHub.PostAsync(Hub.Browser, $"/api/v1/tools/mcp.wiki.{tool}", new { request_id = requestId ?? $"request-{_requests++:0000}", arguments });

    /// <summary>Opens and approves it as a browser does.</summary>
    public async Task<(int Status, JsonObject Body)> ApproveAsync(JsonObject asked)
    {
        var id = asked["approval_id"]!.GetValue<string>();
        var token = (await TestHub.JsonAsync(Hub.Browser, $"/api/v1/approvals/{id}"))["confirm_token"]!.GetValue<string>();
        return await TestHub.PostAsync(Hub.Browser, $"/api/v1/approvals/{id}/approve", new { confirm_token = token });
    }

    public async Task<JsonObject> AuditAsync(string filter) => await TestHub.JsonAsync(Hub.Browser, $"/api/v1/audit?{filter}");

    /// <summary>The outcome's, also of a problem.</summary>
    public static string StatusOf(JsonObject body) => (body["outcome_status"] ?? body["status"])!.GetValue<string>();

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await Server.DisposeAsync();
    }
}

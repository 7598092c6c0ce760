using System.Text.Json.Nodes;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A hub that runs sessions of the real CLI, talked to over its routes.</summary>
internal sealed class SessionHub : IAsyncDisposable
{
    private SessionHub(AgentModelBench bench) => Bench = bench;

    public AgentModelBench Bench { get; }

    public TestHub Hub => Bench.Hub;

    public string Workspace => Bench.Workspace;

    public string Directory => Path.Combine(Bench.Hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, Workspace);

    public static async Task<SessionHub> StartAsync(params string[] args)
    {
        Assert.True(File.Exists(CodexBench.Cli), "The Codex CLI is not there: npm ci --prefix e2e/codex");
        var hub = new SessionHub(await AgentModelBench.StartAsync([$"--Sessions:Codex:Path={CodexBench.Cli}", "--Sessions:PerPerson=5", "--Limits:RequestsPerMinute=100000", .. args]));
        // The bench's own is nobody's here.
        await Core.Sessions.SessionBench.EndAsync(hub.Bench.Database, hub.Bench.Session.Id);
        System.IO.Directory.CreateDirectory(hub.Directory);
        return hub;
    }

    public async Task<string> BeginAsync(string? message = null)
    {
        var (status, body) = await TestHub.PostAsync(Hub.Browser, "/api/v1/sessions", new { request_id = $"req-{Guid.NewGuid():n}", workspace_id = Workspace, mode = "chat", initial_message = message });
        Assert.True(status == 202, body.ToJsonString());
        return body["id"]!.GetValue<string>();
    }

    public async Task SayAsync(string id, string text) =>
        Assert.Equal(202, (await TestHub.PostAsync(Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = $"req-{Guid.NewGuid():n}", text })).Status);

    public Task<JsonObject> FindAsync(string id) => TestHub.JsonAsync(Hub.Browser, $"/api/v1/sessions/{id}");

    public async Task<string> StateAsync(string id) => (await FindAsync(id))["state"]!.GetValue<string>();

    public Task UntilAsync(string id, string state) => Waiting.UntilAsync(async () => await StateAsync(id) == state, TimeSpan.FromSeconds(60), $"{id} is {state}");

    /// <summary>Every stored event so far.</summary>
    public async Task<IReadOnlyList<JsonObject>> EventsAsync(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/sessions/{id}/events");
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await Hub.Browser.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return [.. JsonNode.Parse(text)!["items"]!.AsArray().Select(e => e!.AsObject())];
    }

    public async Task<IReadOnlyList<string>> TextsAsync(string id, string type) =>
        [.. (await EventsAsync(id)).Where(e => e["type"]!.GetValue<string>() == type).Select(e => e["data"]!["text"]?.GetValue<string>() ?? e["data"]!.ToJsonString())];

    public async Task SaidAsync(string id, string text)
    {
        try
        {
            await Waiting.UntilAsync(async () => (await TextsAsync(id, "agent_message")).Contains(text), TimeSpan.FromSeconds(60), $"{id} said {text}");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{string.Join('\n', (await EventsAsync(id)).Select(x => x.ToJsonString()))}", e);
        }
    }

    public async ValueTask DisposeAsync() => await Bench.DisposeAsync();
}

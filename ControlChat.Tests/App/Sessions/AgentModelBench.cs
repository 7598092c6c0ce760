using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A hub with a scripted model behind a key, and an agent's session in a workspace of its owner.</summary>
internal sealed class AgentModelBench : IAsyncDisposable
{
    public const string Key = "sk-test-hubs-own-key";
    private const string Path = "/agent-model/v1/responses";
    private readonly ScriptedModelServer _model;
    private readonly List<IDisposable> _open = [];

    private AgentModelBench(ScriptedModelServer model, TestHub hub) => (_model, Hub) = (model, hub);

    public TestHub Hub { get; }

    public ScriptedModelServer Model => _model;

    public HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    public Session Session { get; private set; } = null!;

    public SessionHandle Handle { get; private set; } = null!;

    public string Workspace { get; private set; } = "";

    /// <summary>The agent's: with its handle, at the address it is given.</summary>
    public HttpClient Agent { get; private set; } = null!;

    /// <param name="args">More settings; the model is the scripted one unless they say otherwise.</param>
    public static async Task<AgentModelBench> StartAsync(string[]? args = null, long? budget = null, string? endpoint = null)
    {
        var model = await ScriptedModelServer.StartAsync();
        model.RequiredKey = Key;
        var hub = await TestHub.StartAsync(args: [$"--Model:Endpoint={endpoint ?? model.Url}", "--Model:Name=gpt-own", "--Model:StallTimeout=00:00:05", .. args ?? []], configure: services =>
            services.Replace(ServiceDescriptor.Singleton(p => new ModelUpstream(p.GetRequiredService<IHubSettings>(), p.GetRequiredService<ModelClients>(), Key))));
        var bench = new AgentModelBench(model, hub);
        try
        {
            bench.Workspace = Ids.New(WorkspaceId.Prefix);
            await bench.Database.WriteAsync(async t =>
            {
                await new WorkspaceStore().InsertAsync(t, bench.Workspace, "Place", [], hub.Person.AccountId, null, default);
                return true;
            });
            (bench.Session, bench.Handle) = await bench.NewSessionAsync(budget);
            bench.Agent = bench.ClientOf(bench.Handle);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public Task<(Session Session, SessionHandle Handle)> NewSessionAsync(long? budget = null, TimeSpan? life = null) =>
        SessionBench.StartedAsync(Database, SessionBench.Asked(Hub.Person.AccountId, Workspace) with { BudgetTokens = budget }, life);

    public HttpClient ClientOf(SessionHandle? handle)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Hub.Services.GetRequiredService<AgentAddress>().Url), Timeout = TimeSpan.FromSeconds(60) };
        if (handle is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", handle.Secret);
        _open.Add(client);
        return client;
    }

    public static string Body(string text, bool stream = true) => new JsonObject
    {
        ["model"] = "gpt-dear",
        ["stream"] = stream,
        ["input"] = new JsonArray(new JsonObject { ["type"] = "message", ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text }) }),
    }.ToJsonString();

    /// <summary>Posts, and returns with the headers.</summary>
    public Task<HttpResponseMessage> PostAsync(string body, HttpClient? client = null, Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        change?.Invoke(request);
        _open.Add(request);
        return (client ?? Agent).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<(int Status, string Code, string Text)> ErrorAsync(string body, HttpClient? client = null, Action<HttpRequestMessage>? change = null)
    {
        using var answer = await PostAsync(body, client, change);
        var text = await answer.Content.ReadAsStringAsync();
        var error = answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text)!["error"] : null;
        return ((int)answer.StatusCode, error?["code"]?.GetValue<string>() ?? "", text);
    }

    public async Task<string> TextAsync(string body, HttpClient? client = null)
    {
        using var answer = await PostAsync(body, client);
        return (int)answer.StatusCode == 200 ? await answer.Content.ReadAsStringAsync() : throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    public Task<Session> ReadAsync() => SessionBench.ReadAsync(Database, Session.Id);

    public Task<IReadOnlyList<string>> RefusalRowsAsync() => Database.WriteAsync(t => t.QueryAsync<string>("select body from audit where body like '%\"tool.denied\"%' order by seq", null, default));

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open) open.Dispose();
        await Hub.DisposeAsync();
        await _model.DisposeAsync();
    }
}

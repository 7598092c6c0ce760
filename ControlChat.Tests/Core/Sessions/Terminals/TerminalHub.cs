using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>A hub whose terminals are played by the test.</summary>
internal sealed class TerminalHub : IAsyncDisposable
{
    private bool _isReal;

    public FakeTerminalHost Host { get; } = new();

    public FakeRecords Records { get; } = new();

    public TestHub Hub { get; private set; } = null!;

    public string Workspace { get; private set; } = "";

    public ITerminals Terminals => Hub.Services.GetRequiredService<ITerminals>();

    public HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    public static Task<TerminalHub> StartAsync(params string[] args)
    {
        var terminals = new TerminalHub();
        return terminals.StartAsync(_ => terminals.Host, _ => terminals.Records, args);
    }

    /// <summary>On record on disk, as a hub's terminals are.</summary>
    public static Task<TerminalHub> StartRecordedAsync(params string[] args)
    {
        var terminals = new TerminalHub();
        return terminals.StartAsync(_ => terminals.Host, p => p.GetRequiredService<TerminalRecords>(), args);
    }

    /// <summary>With a shell for what is started, and what a hub has.</summary>
    public static Task<TerminalHub> StartRealAsync(Func<IServiceProvider, ITerminalHost> host, Func<IServiceProvider, ITerminalRecords> records) => new TerminalHub { _isReal = true }.StartAsync(host, records, []);

    private async Task<TerminalHub> StartAsync(Func<IServiceProvider, ITerminalHost> host, Func<IServiceProvider, ITerminalRecords> records, string[] args)
    {
        var terminals = this;
        terminals.Hub = await TestHub.StartAsync(args: ["--Sessions:PerPerson=5", .. args], configure: services => services
            .Replace(ServiceDescriptor.Singleton(host))
            .Replace(ServiceDescriptor.Singleton<ITerminalPrograms>(terminals.Host))
            .Replace(ServiceDescriptor.Singleton(records)));
        terminals.Workspace = await terminals.PlaceAsync();
        return terminals;
    }

    public async Task<string> PlaceAsync()
    {
        var workspace = Ids.New(WorkspaceId.Prefix);
        await Database.WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], Hub.Person.AccountId, null, default);
            return true;
        });
        Directory.CreateDirectory(Path.Combine(Hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, workspace));
        return workspace;
    }

    public Task<(int Status, JsonObject Body)> AskAsync(object more) => TestHub.PostAsync(Hub.Browser, "/api/v1/sessions", more);

    /// <summary>A terminal at work.</summary>
    public async Task<(string Id, FakeTerminal Process)> BeginAsync()
    {
        var before = Host.Started.Count;
        var (status, body) = await AskAsync(new { request_id = Request(), workspace_id = Workspace, mode = "terminal", command = new[] { "bash", "-l" } });
        Assert.True(status == 202, body.ToJsonString());
        var id = body["id"]!.GetValue<string>();
        await UntilAsync(id, "running");
        if (_isReal) return (id, new FakeTerminal(TerminalSize.Default));
        await Waiting.UntilAsync(() => Host.Started.Count > before);
        return (id, Host.Last);
    }

    public static string Request() => $"req-{Guid.NewGuid():n}";

    public Task<JsonObject> FindAsync(string id) => TestHub.JsonAsync(Hub.Browser, $"/api/v1/sessions/{id}");

    public Task UntilAsync(string id, string state) => Waiting.UntilAsync(async () => (await FindAsync(id))["state"]!.GetValue<string>() == state, what: $"{id} is {state}");

    public async Task<JsonObject> EndedAsync(string id)
    {
        await UntilAsync(id, "ended");
        await Waiting.UntilAsync(() => Records.Of(id) is { Count: > 0 } frames && frames[^1].Type == TerminalFrames.Ended);
        return await FindAsync(id);
    }

    public async Task<ITerminalView> JoinAsync(string id, string window = "desk", Principal? person = null, bool may = true)
    {
        var who = person ?? Hub.Person;
        var viewer = new TerminalViewer(window, who.AccountId, who.Name, may) { AuthSessionId = who.AuthSessionId };
        return await Waiting.ForAsync(() => Terminals.JoinAsync(id, viewer, default));
    }

    public string DataOf(string id, string type) => Encoding.UTF8.GetString(Records.Of(id).Last(f => f.Type == type).Data.Span);

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}

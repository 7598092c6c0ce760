using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Mcp;
using ControlChat.Core.Mcp.CommandTools;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Usage;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

/// <summary>A session at work in a workspace with a directory, the gate to its tools, and what came on the record.</summary>
internal sealed class WorkspaceToolBed : IAsyncDisposable
{
    private readonly AgentTokenKey _key;

    private WorkspaceToolBed(WorkspaceHub hub, string workspace, Session session, IAuditTrail? audit, Func<string, string?>? find)
    {
        (Hub, Workspace, Session) = (hub, workspace, session);
        _key = new AgentTokenKey(new OwnKey("session-tokens", hub["keys/session-tokens.pem"], null));
        Tokens = new AgentTokens(hub.Database, new SessionStore(), new HubIdentity(hub.Database), _key);
        var door = new SessionDoor(hub.Database, new SessionStore(), hub.Workspaces, new Principals(new AccountStore(new LinkPolicy()), new BrowserSessionStore(), new ApiTokenStore()), hub.Settings);
        var refusals = new AgentRefusals(Audit, hub.Time, new CapturingLogger<AgentRefusals>());
        Gate = new WorkspaceGate(Tokens, door, refusals, audit ?? Audit, new Redactor(), hub.Time, new CapturingLogger<WorkspaceGate>());
        var paths = hub.Settings.Paths;
        var commands = new BoxedCommands(new AgentProcesses(paths, AgentUser.Of(new SessionsSection()), TimeProvider.System, find), hub.Settings, TimeProvider.System);
        Tools = new WorkspaceTools(McpServices.Tools(commands, new CommandLanes(), hub.Settings), Gate, new WorkspacePlaces(hub.Settings, hub.Time), new AgentProfiles(paths), refusals, Usage);
        Directory.CreateDirectory(Root);
    }

    public WorkspaceHub Hub { get; }

    public string Workspace { get; }

    public Session Session { get; }

    public AgentTokens Tokens { get; }

    public WorkspaceGate Gate { get; }

    public WorkspaceTools Tools { get; }

    public RecordedAudit Audit { get; } = new();

    public UsageCounts Usage { get; } = new(TimeProvider.System);

    public string Root => Path.Combine(Hub.Settings.Paths.WorkspacesRoot, Workspace);

    public string this[string path] => Path.Combine(Root, path);

    /// <param name="capsule">Of the session.</param>
    /// <param name="audit">What the gate writes to in place of <see cref="Audit"/>.</param>
    /// <param name="find">Where the programs of namespaces are; null: where this machine has them.</param>
    /// <param name="agents">Where agents and commands keep their state; null: in the hub's data.</param>
    public static async Task<WorkspaceToolBed> OpenAsync(string? capsule = null, IAuditTrail? audit = null, Func<string, string?>? find = null, string? agents = null)
    {
        var hub = await WorkspaceHub.OpenAsync();
        if (agents is not null) hub.Settings.Paths = hub.Settings.Paths with { Agents = agents };
        await hub.AccountAsync("acc_1");
        var workspace = await hub.AddAsync("Place");
        var (session, _) = await SessionBench.StartedAsync(hub.Database, SessionBench.Asked("acc_1", workspace) with { Capsule = capsule });
        return new WorkspaceToolBed(hub, workspace, session, audit, find);
    }

    public void Put(string path, string content) => Put(path, Encoding.UTF8.GetBytes(content));

    public void Put(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllBytes(this[path], content);
    }

    public Task<string?> TokenAsync(params string[] scopes) => Tokens.IssueAsync(Session.Id, scopes.Length == 0 ? AgentScopes.All : scopes, default);

    public async Task<WorkspaceCaller> CallerAsync(params string[] scopes) =>
        await Gate.EnterAsync(await TokenAsync(scopes), default) is var entry && entry is WorkspaceEntry.Allowed { Caller: var caller } ? caller : throw new InvalidOperationException($"{entry}");

    public async Task<WorkspaceOutcome> CallAsync(string tool, object arguments, WorkspaceCaller? caller = null) =>
        (await Tools.CallAsync(caller ?? await CallerAsync(), tool, JsonSerializer.SerializeToElement(arguments), default))!;

    /// <summary>What a tool answers, which must be something.</summary>
    public async Task<JsonObject> AnswerAsync(string tool, object arguments)
    {
        var outcome = await CallAsync(tool, arguments);
        Assert.True(outcome.IsCompleted, outcome.Words);
        return outcome.Result!;
    }

    /// <summary>Why a tool refuses.</summary>
    public async Task<(string Code, string Words)> RefusalAsync(string tool, object arguments)
    {
        var outcome = await CallAsync(tool, arguments);
        Assert.False(outcome.IsCompleted, outcome.Result?.ToJsonString());
        return (outcome.Code!, outcome.Words!);
    }

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await Hub.DisposeAsync();
    }
}

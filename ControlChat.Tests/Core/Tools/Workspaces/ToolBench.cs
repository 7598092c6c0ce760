using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Settings;
using ControlChat.Core.Sync;
using ControlChat.Core.Tools.Handoff;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Tools.Workspaces;

/// <summary>Plans and applies the workspace tools over a real database, without the gate: what the gate does has tests of its own.</summary>
internal sealed class ToolBench : IAsyncDisposable
{
    private readonly Dictionary<string, IControlTool> _tools;

    private ToolBench(WorkspaceHub hub)
    {
        Hub = hub;
        var (store, pins, view, members, hosts, accounts) = (hub.Workspaces, new WorkspacePins(), new WorkspaceView(hub.Workspaces), new MemberStore(), new HostStore(), new AccountStore(new LinkPolicy()));
        var (people, room) = (new MemberView(members, accounts), new OwnerRoom(store, new AccountLimits(hub.Settings, new SettingsStore())));
        var (targets, telling, configs, runs, rules) = (new SyncTargets(store, view, hub.Settings), new SyncTelling(new SyncConfigStore(), new SyncRunStore()), new SyncConfigStore(), new SyncRunStore(), new SyncRules(hub.Settings));
        var sessions = new SessionStore();
        _tools = new List<IControlTool>
        {
            new ListWorkspaces(new WorkspaceSearch()), new GetWorkspace(view, people), new CreateWorkspace(store, room, hub.Settings), new RenameWorkspace(store, view, hub.Settings),
            new TagWorkspace(store, view), new PinWorkspace(store, pins, view), new ArchiveWorkspace(store, view), new UnarchiveWorkspace(store, view),
            new DeleteWorkspace(store, view, hub.Settings), new RestoreWorkspace(store, view), new PurgeWorkspace(store, view),
            new AddCollaborator(store, members, accounts, room, view, people), new RemoveCollaborator(store, members, view, people), new SetRole(store, members, room, view, people),
            new StartHost(store, hosts, view, hub.Settings), new StopHost(store, hosts, view),
            new ConfigureSync(targets, telling, configs, runs, rules, new HostKeyScan(TimeProvider.System)),
            new RunSync(targets, telling, configs, runs, rules, new Rsync(hub.Settings, TimeProvider.System)), new SyncStatus(targets, telling),
            new HandOver(new HandoffStore(), sessions, new SessionQueueing(sessions, new AccountLimits(hub.Settings, new SettingsStore())), targets, new ConversationLog(), hub.Settings),
        }.ToDictionary(t => t.Definition.Name);
    }

    public WorkspaceHub Hub { get; }

    public IEnumerable<IControlTool> Tools => _tools.Values;

    public Principal Principal { get; set; } = WorkspaceHub.Person("acc_1");

    public CallOrigin Origin { get; set; } = new("ui");

    public static async Task<ToolBench> OpenAsync(TestStore store) => new(await WorkspaceHub.OpenAsync(store));

    public static JsonObject Of(object arguments) => JsonSerializer.SerializeToNode(arguments, Json.Wire)!.AsObject();

    public async Task<ReadResult> ReadAsync(string tool, object arguments)
    {
        await using var reader = await Hub.Database.ReadAsync(CancellationToken.None);
        return await ((IReadTool)_tools[tool]).ReadAsync(Context(reader, []), Checked(tool, arguments), CancellationToken.None);
    }

    public async Task<PlanDraft> PlanAsync(string tool, object arguments, params IReadOnlyList<Effect> earlier)
    {
        await using var reader = await Hub.Database.ReadAsync(CancellationToken.None);
        return await ((IWriteTool)_tools[tool]).PlanAsync(Context(reader, earlier), Checked(tool, arguments), CancellationToken.None);
    }

    public async Task<JsonObject> ApplyAsync(string tool, PlanDraft draft) => await Hub.WriteAsync(t =>
        ((IWriteTool)_tools[tool]).ApplyAsync(new ApplyContext(t, Principal, Origin, Ids.New("act"), new NoCatalog()), new AppliedPlan(tool, draft.Arguments, draft.Effects), CancellationToken.None));

    /// <summary>Plans and applies; when there is nothing to do, what the tool answers then.</summary>
    public async Task<JsonObject> DoAsync(string tool, object arguments)
    {
        Hub.Time.Advance(TimeSpan.FromMilliseconds(1));
        var draft = await PlanAsync(tool, arguments);
        return draft.Effects.Count == 0 ? draft.Unchanged : await ApplyAsync(tool, draft);
    }

    public Task<JsonObject> UndoAsync(PlanDraft draft) => DoAsync(draft.Compensation!.Tool, draft.Compensation.Arguments);

    public async Task<ToolRefusedException> RefusedAsync(string tool, object arguments, params IReadOnlyList<Effect> earlier) =>
        await Xunit.Assert.ThrowsAsync<ToolRefusedException>(async () =>
        {
            if (_tools[tool] is IReadTool) await ReadAsync(tool, arguments);
            else await PlanAsync(tool, arguments, earlier);
        });

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    /// <summary>Looks at a shown plan once more, as the gate does in the transaction that applies it.</summary>
    public Task<PlanDraft> RecheckAsync(string tool, object arguments) => Hub.WriteAsync(t =>
        ((IWriteTool)_tools[tool]).PlanAsync(new PlanningContext(t, Principal, Origin, new NoPlanner(), [], recheck: true), Checked(tool, arguments), CancellationToken.None));

    private PlanningContext Context(IHubReader reader, IReadOnlyList<Effect> earlier) => new(reader, Principal, Origin, new NoPlanner(), earlier);

    private JsonObject Checked(string tool, object arguments)
    {
        var sent = arguments as JsonObject ?? Of(arguments);
        SchemaCheck.Check(_tools[tool].Definition.InputSchema, sent);
        return sent;
    }

    private sealed class NoPlanner : IToolPlanner
    {
        public Task<PlannedCall> PlanAsync(PlanningContext context, string tool, JsonObject arguments, CancellationToken cancellationToken) => throw new InvalidOperationException("These tools plan no other.");
    }

    private sealed class NoCatalog : IToolCatalog
    {
        public IReadOnlyList<IControlTool> Offered => [];

        public IControlTool? Find(string name) => null;

        public bool IsOffered(IControlTool tool) => false;
    }
}

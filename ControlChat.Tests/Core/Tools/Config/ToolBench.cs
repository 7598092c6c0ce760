using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Config;

/// <summary>A hub's database in a folder of its own, and a tool's way through it without the gate: plan, check the read set, apply, commit.</summary>
internal sealed class ToolBench : IAsyncDisposable
{
    public static readonly Principal Admin = Person("acc_admin", "admin");
    public static readonly Principal Member = Person("acc_member", "member");

    private readonly StoredRows _rows;

    private ToolBench(StoredRows rows)
    {
        _rows = rows;
        Database = rows.Open(Time);
    }

    public FakeTime Time { get; } = new();

    public HubDatabase Database { get; }

    public string Folder => _rows.Folder.Path;

    /// <summary>Another process of the hub over the same rows.</summary>
    public HubDatabase OpenAnother() => _rows.Open(Time);

    /// <summary>Announcements of every commit, in order.</summary>
    public List<Announcement> Announced { get; } = [];

    public static async Task<ToolBench> OpenAsync(TestStore? store = null)
    {
        var bench = new ToolBench(await (store ?? TestStore.Sqlite).NewAsync());
        await bench.Database.MigrateAsync(TestContext.Current.CancellationToken);
        bench.Database.Committed = bench.Announced.AddRange;
        return bench;
    }

    public async Task<JsonObject> ReadAsync(IReadTool tool, Principal who, JsonObject arguments) => (await ReadResultAsync(tool, who, arguments)).Value;

    public async Task<ReadResult> ReadResultAsync(IReadTool tool, Principal who, JsonObject arguments)
    {
        await using var reader = await Database.ReadAsync(TestContext.Current.CancellationToken);
        return await tool.ReadAsync(Context(reader, who, []), arguments, TestContext.Current.CancellationToken);
    }

    public async Task<PlanDraft> PlanAsync(IWriteTool tool, Principal who, JsonObject arguments, params Effect[] earlier)
    {
        await using var reader = await Database.ReadAsync(TestContext.Current.CancellationToken);
        return await tool.PlanAsync(Context(reader, who, earlier), arguments, TestContext.Current.CancellationToken);
    }

    public async Task<JsonObject> ApplyAsync(IWriteTool tool, Principal who, PlanDraft draft)
    {
        await using var transaction = await Database.BeginAsync(TestContext.Current.CancellationToken);
        var context = new ApplyContext(transaction, who, new CallOrigin("ui"), "act_1", new NoTools());
        var result = await tool.ApplyAsync(context, new AppliedPlan(tool.Definition.Name, draft.Arguments, draft.Effects), TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        return result;
    }

    public async Task<JsonObject> DoAsync(IWriteTool tool, Principal who, JsonObject arguments) =>
        await ApplyAsync(tool, who, await PlanAsync(tool, who, arguments));

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _rows.DisposeAsync();
    }

    private static PlanningContext Context(IHubReader reader, Principal who, IReadOnlyList<Effect> earlier) =>
        new(reader, who, new CallOrigin("ui"), new NoPlanner(), earlier);

    private static Principal Person(string id, string role) => new(id, id, role, "ses_1", null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);

    private sealed class NoPlanner : IToolPlanner
    {
        public Task<PlannedCall> PlanAsync(PlanningContext context, string tool, JsonObject arguments, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("these tools plan no other");
    }

    private sealed class NoTools : IToolCatalog
    {
        public IReadOnlyList<IControlTool> Offered => [];

        public IControlTool? Find(string name) => null;

        public bool IsOffered(IControlTool tool) => false;
    }
}

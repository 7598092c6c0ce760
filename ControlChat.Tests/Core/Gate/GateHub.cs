using System.Text.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Actions;
using ControlChat.Core.Usage;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.Core.Gate;

/// <summary>A real database, record and gate; tools over a table of notes; people whose rights a test can take away.</summary>
internal sealed class GateHub : IAsyncDisposable
{
    private readonly StoredRows _rows;
    private readonly bool _ownsRows;
    private readonly Action<IServiceCollection>? _more;
    private readonly ServiceProvider _services;
    private int _requests;

    private GateHub(StoredRows rows, bool ownsRows, FakeTime time, Action<IServiceCollection>? more)
    {
        (_rows, _ownsRows, Time, _more) = (rows, ownsRows, time, more);
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<HubDatabase>(_ => _rows.Open(Time));
        services.AddSingleton<AuditPulse>().AddSingleton<IAuditTrail, AuditTrail>();
        services.AddSingleton<IHubSettings>(Settings);
        services.AddSingleton<HubAddress>();
        services.AddSingleton<IPrincipals>(People);
        services.AddSingleton<UsageCounts>();
        services.AddSingleton(p => new RecentSignIn(p.GetRequiredService<HubDatabase>(), new BrowserSessionStore(), People, new LinkPolicy()));
        services.AddSingleton(new WebhookOutbox(new WebhookEndpoints([], AllowPrivate: false), new WebhookStore()));
        services.AddGate();
        services.AddSingleton<IResourceVersions, NoteVersions>();
        foreach (var tool in new Type[] { typeof(SetNote), typeof(DropNote), typeof(ListNotes), typeof(AwaitNote), typeof(BurnNote), typeof(PlanBatch), typeof(UndoAction) })
            services.AddSingleton(typeof(IControlTool), tool);
        services.AddSingleton<IToolCatalog, ListedTools>();
        more?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public FakeTime Time { get; }

    public FakePeople People { get; } = new();

    public FakeSettings Settings { get; } = new();

    public HubDatabase Database => _services.GetRequiredService<HubDatabase>();

    public IToolGate Gate => _services.GetRequiredService<IToolGate>();

    public IApprovals Approvals => _services.GetRequiredService<IApprovals>();

    public IFreezes Freezes => _services.GetRequiredService<IFreezes>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static Principal Ada { get; } = new("acc_ada", "Ada", "admin", "ses_ada", null, null, TokenScopes.All, FakeTimeStart);

    public static Principal Ben { get; } = new("acc_ben", "Ben", "member", "ses_ben", null, null, TokenScopes.All, FakeTimeStart);

    public static Principal Token(TokenScopes scopes) => new("acc_ada", "Ada", "admin", null, "tok_1", "ci", scopes, FakeTimeStart);

    private static DateTimeOffset FakeTimeStart { get; } = new FakeTime().GetUtcNow();

    public static async Task<GateHub> CreateAsync(TestStore? store = null) => await CreateAsync(await (store ?? TestStore.Sqlite).NewAsync());

    /// <summary>Over rows that are disposed of with it.</summary>
    /// <param name="more">Services in the place of those that are here.</param>
    public static Task<GateHub> CreateAsync(StoredRows rows, Action<IServiceCollection>? more = null) => OpenAsync(rows, ownsRows: true, new FakeTime(), more);

    /// <summary>Another process over the same rows.</summary>
    public Task<GateHub> ReopenAsync() => OpenAsync(_rows, ownsRows: false, Time, _more);

    public Task<Outcome> CallAsync(string tool, object arguments, Principal? principal = null, string? requestId = null, bool dryRun = false, bool tainted = false, string via = "rest") =>
        Gate.InvokeAsync(principal ?? Ada, new ToolCall(tool, requestId ?? $"request-{Interlocked.Increment(ref _requests):0000}", JsonSerializer.SerializeToElement(arguments), new CallOrigin(via, Tainted: tainted), dryRun), default);

    public Task<Outcome> SetAsync(string id, string text, Principal? principal = null) => CallAsync("note.set", new { id, text }, principal);

    /// <summary>Opens and approves as a person in the browser would.</summary>
    public async Task<ApprovalDecision> ApproveAsync(string? approvalId, Principal? principal = null, string? typed = null, IReadOnlyList<int>? veto = null)
    {
        var open = await Approvals.OpenAsync(principal ?? Ada, approvalId!, default);
        return await Approvals.ApproveAsync(principal ?? Ada, approvalId!, new ApproveRequest(open?.ConfirmToken, veto, typed), default);
    }

    public async Task<string?> NoteAsync(string id)
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.FindAsync<string>("select text from notes where id = @id", new { id }, default);
    }

    /// <summary>Changes a note behind every plan's back.</summary>
    public async Task MeddleAsync(string id, string text)
    {
        await using var transaction = await Database.BeginAsync(default);
        await transaction.ExecuteAsync("update notes set text = @text, version = version + 1 where id = @id", new { id, text }, default);
        await transaction.CommitAsync(default);
    }

    public async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.QueryAsync<string>("select event || ' ' || coalesce(tool, '-') from audit order by seq", null, default);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.FindAsync<long>(sql, null, default);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_ownsRows) await _rows.DisposeAsync();
    }

    private static async Task<GateHub> OpenAsync(StoredRows rows, bool ownsRows, FakeTime time, Action<IServiceCollection>? more)
    {
        var hub = new GateHub(rows, ownsRows, time, more);
        await hub.Database.MigrateAsync(default);
        await using var transaction = await hub.Database.BeginAsync(default);
        await transaction.ExecuteAsync("create table if not exists notes (id text primary key, text text not null, version bigint not null)", null, default);
        await transaction.CommitAsync(default);
        return hub;
    }

    private sealed class ListedTools(IEnumerable<IControlTool> tools) : IToolCatalog
    {
        public IReadOnlyList<IControlTool> Offered { get; } = [.. tools];

        public IControlTool? Find(string name) => Offered.FirstOrDefault(t => t.Definition.Name == name);

        public bool IsOffered(IControlTool tool) => true;
    }
}

internal sealed class FakePeople : IPrincipals
{
    /// <summary>Account, token and session ids that have no rights any more.</summary>
    public HashSet<string> Gone { get; } = [];

    public Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
        Task.FromResult<Principal?>(new[] { principal.AccountId, principal.TokenId, principal.AuthSessionId }.Any(id => id is not null && Gone.Contains(id)) ? null : principal);

    public Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken) =>
        ReloadAsync(reader, (tokenId is not null ? GateHub.Token(TokenScopes.All) : accountId == "acc_ben" ? GateHub.Ben : GateHub.Ada) with { AuthSessionId = authSessionId }, cancellationToken);
}

internal sealed class FakeSettings : IHubSettings
{
    public HubOptions Current { get; set; } = new();

    public HubPaths Paths { get; } = new("", "", "", "");
}

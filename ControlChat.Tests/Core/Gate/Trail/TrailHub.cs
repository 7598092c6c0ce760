using System.Text.Json;
using ControlChat.App.SignIn;
using ControlChat.Core;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Trail;

/// <summary>The whole core over a real database, with three people whose rights a test can take away. Nothing runs by itself.</summary>
internal sealed class TrailHub : IAsyncDisposable
{
    private readonly StoredRows _rows;
    private readonly ServiceProvider _services;
    private int _requests;

    private TrailHub(StoredRows rows)
    {
        _rows = rows;
        var settings = HubConfiguration.Load(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Hub:DataDirectory"] = rows.Folder["data"] }).Build(), rows.Folder.Path, _ => null);
        Directory.CreateDirectory(settings.Paths.DataDirectory);
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time);
        services.AddSettings(settings).AddSingleton(settings.Paths).AddSingleton<IAccountRecord, AccountRecord>().AddSingleton<ISignInPolicy, SignInPolicy>().AddSingleton<HubAddress>().AddSingleton<Redactor>().AddControlChatCore();
        services.Replace(ServiceDescriptor.Singleton(_ => rows.Open(Time)));
        services.Replace(ServiceDescriptor.Singleton<IPrincipals>(People));
        _services = services.BuildServiceProvider();
        Fields = new AuditIndexer(Database, Time, new CapturingLogger<AuditIndexer>());
        Effects = new AuditEffectIndexer(Database);
    }

    public static Principal Ana { get; } = Person("acc_ana", "Ana", "member");

    public static Principal Ben { get; } = Person("acc_ben", "Ben", "member");

    /// <summary>The admin.</summary>
    public static Principal Mara { get; } = Person("acc_mara", "Mara", "admin");

    public FakeTime Time { get; } = new();

    public PresentPeople People { get; } = new();

    public HubDatabase Database => _services.GetRequiredService<HubDatabase>();

    public AuditIndexer Fields { get; }

    public AuditEffectIndexer Effects { get; set; }

    public IResourceHistory History => Get<IResourceHistory>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<TrailHub> CreateAsync(TestStore store)
    {
        var hub = new TrailHub(await store.NewAsync());
        await hub.Database.MigrateAsync(default);
        await using var transaction = await hub.Database.BeginAsync(default);
        foreach (var person in new[] { Ana, Ben, Mara })
        {
            await transaction.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@AccountId, @Name, @email, @Role, hub_now())",
                new { person.AccountId, person.Name, email = $"{person.Name.ToLowerInvariant()}@example.org", person.Role }, default);
        }
        await transaction.CommitAsync(default);
        return hub;
    }

    public async Task<Outcome> CallAsync(Principal principal, string tool, object arguments, CallOrigin? origin = null)
    {
        Time.Advance(TimeSpan.FromMinutes(1));
        return await Get<IToolGate>().InvokeAsync(principal, new ToolCall(tool, $"request-{Interlocked.Increment(ref _requests):0000}", JsonSerializer.SerializeToElement(arguments), origin ?? new CallOrigin("ui")), default);
    }

    /// <summary>Calls, and has it approved by the admin when it asks.</summary>
    public async Task<Outcome> DoAsync(Principal principal, string tool, object arguments, CallOrigin? origin = null, string? typed = null)
    {
        var outcome = await CallAsync(principal, tool, arguments, origin);
        if (outcome.ApprovalId is { } approval) outcome = Assert.IsType<ApprovalDecision.Done>(await ApproveAsync(Mara, approval, typed)).Outcome;
        Assert.True(outcome.Status == "completed", $"{tool}: {outcome.Status} {outcome.Error?.Message}");
        return outcome;
    }

    public async Task<ApprovalDecision> ApproveAsync(Principal by, string approvalId, string? typed = null)
    {
        var open = await Get<IApprovals>().OpenAsync(by, approvalId, default);
        return await Get<IApprovals>().ApproveAsync(by, approvalId, new ApproveRequest(open?.ConfirmToken, null, typed), default);
    }

    public async Task<string> MakeAsync(string title, Principal? owner = null) =>
        (string)(await DoAsync(owner ?? Ana, "workspace.create", new { title })).Result!["workspace"]!["id"]!;

    public Task<Outcome> RenameAsync(string id, string title, Principal? by = null, CallOrigin? origin = null) => DoAsync(by ?? Ana, "workspace.rename", new { workspace_id = id, title }, origin);

    /// <summary>A message, and the origin that calls of its run have.</summary>
    public async Task<(PostResult.Accepted Message, CallOrigin Origin)> SayAsync(Principal principal, string text, string title)
    {
        var conversation = await Get<ConversationService>().CreateAsync(principal, title, default);
        var accepted = Assert.IsType<PostResult.Accepted>(await Get<ConversationService>().PostAsync(principal, conversation.Id, new PostedMessage(text, $"message-{Interlocked.Increment(ref _requests):0000}", "ui"), default));
        return (accepted, new CallOrigin("ask", conversation.Id, accepted.RunId, "call_1"));
    }

    /// <summary>Takes in what came since, and what was there before.</summary>
    public async Task IndexAsync()
    {
        while (await Fields.IndexAsync(default) > 0) { }
        // The first step only begins.
        await Effects.NewerAsync(default);
        while (await Effects.NewerAsync(default) > 0) { }
        while (await Effects.OlderAsync(default) > 0) { }
    }

    public async Task<IReadOnlyList<TrailEntry>> TrailAsync(string resource, string? field = null, Principal? reader = null) =>
        (await History.HistoryAsync(reader ?? Ana, resource, field, null, 50, default))?.Items ?? throw new InvalidOperationException($"There is no trail of {resource}.");

    public async Task<IReadOnlyList<string>> IndexedAsync()
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.QueryAsync<string>("select resource || ' ' || field || ' ' || seq from audit_effects order by resource, field, seq", null, default);
    }

    public async Task WriteAsync(string sql, object? arguments = null)
    {
        await using var transaction = await Database.BeginAsync(default);
        await transaction.ExecuteAsync(sql, arguments, default);
        await transaction.CommitAsync(default);
    }

    public async Task<long> AppendAsync(AuditEntry entry) => await Get<IAuditTrail>().AppendAsync(entry, default);

    public async ValueTask DisposeAsync()
    {
        Fields.Dispose();
        await _services.DisposeAsync();
        await _rows.DisposeAsync();
    }

    private static Principal Person(string id, string name, string role) => new(id, name, role, "ses_" + id, null, null, TokenScopes.All, new FakeTime().GetUtcNow());
}

/// <summary>People as they are now: a test takes rights away, or gives others.</summary>
internal sealed class PresentPeople : IPrincipals
{
    public Dictionary<string, Principal?> Now { get; } = [];

    public Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
        Task.FromResult(Now.TryGetValue(principal.AccountId, out var now) ? now : principal);

    public Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken) =>
        ReloadAsync(reader, new[] { TrailHub.Ana, TrailHub.Ben, TrailHub.Mara }.First(p => p.AccountId == accountId), cancellationToken);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>A whole hub over either database, with people whose browsers are signed in and workspaces to put away.</summary>
internal sealed class GrantBed : IAsyncDisposable
{
    public const string Conversation = "cnv_one";
    private readonly StoredRows _rows;
    private int _requests;

    private FaultyTrail _trail = null!;

    private GrantBed(StoredRows rows, TestHub hub, FakeTime time) => (_rows, Hub, Time) = (rows, hub, time);

    public TestHub Hub { get; }

    public FakeTime Time { get; }

    /// <summary>An admin, signed in a moment ago.</summary>
    public Principal Ada => Hub.Person;

    public IGrants Grants => Hub.Services.GetRequiredService<IGrants>();

    public IApprovals Approvals => Hub.Services.GetRequiredService<IApprovals>();

    public HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    /// <summary>Rows of this event cannot be written until it is null again.</summary>
    public string? NoRowsOf { set => _trail.NoRowsOf = value; }

    public static async Task<GrantBed> OpenAsync(TestStore store, params string[] settings)
    {
        var (rows, time) = (await store.NewAsync(), new FakeTime());
        FaultyTrail trail = null!;
        var hub = await TestHub.StartAsync(time, ["--Limits:PendingApprovals=1000", .. settings], s => s
            .Replace(ServiceDescriptor.Singleton(p => rows.Open(p.GetRequiredService<TimeProvider>())))
            .Replace(ServiceDescriptor.Singleton<IAuditTrail>(p => trail = new FaultyTrail(ActivatorUtilities.CreateInstance<AuditTrail>(p)))));
        return new GrantBed(rows, hub, time) { _trail = trail };
    }

    /// <summary>Another person whose browser is signed in.</summary>
    public async Task<Principal> PersonAsync(string name, string role = "member")
    {
        var account = new Account { Id = Ids.New("acc"), Name = name, Email = $"{name}@example.org", Role = role, CreatedAt = Time.GetUtcNow() };
        await WriteAsync(t => Hub.Services.GetRequiredService<AccountStore>().AddAsync(t, account, default));
        return await SignInAsync(account.Id);
    }

    public async Task<Principal> SignInAsync(string account)
    {
        var links = Hub.Services.GetRequiredService<LinkSignIn>();
        var opened = Assert.IsType<SignInResult.SignedIn>(await links.SignInAsync(await links.CreateLinkAsync(account, AccountActor.Hub, default), new SigningBrowser(null), false, default));
        await using var reader = await Database.ReadAsync(default);
        return (await Hub.Services.GetRequiredService<IPrincipals>().FindAsync(reader, account, null, opened.Session.Id, default))!;
    }

    public async Task<Principal> TokenAsync(Principal of)
    {
        var (_, secret) = await Hub.Services.GetRequiredService<ApiTokens>().CreateAsync(of.AccountId, new ApiTokenRequest("ci", TokenScopes.All, 30), AccountActor.Of(of), default);
        return (await Hub.Services.GetRequiredService<ApiTokens>().AuthenticateAsync(secret, default))!;
    }

    public async Task<string> WorkspaceAsync(Principal owner, string title = "kettle")
    {
        var made = await CallAsync("workspace.create", new { title }, owner);
        return (string)made.Result!["workspace"]!["id"]!;
    }

    public Task<Outcome> CallAsync(string tool, object arguments, Principal by, string? conversation = Conversation, bool tainted = false, bool dryRun = false) =>
        Hub.Services.GetRequiredService<IToolGate>().InvokeAsync(
            by, new ToolCall(tool, $"request-{Interlocked.Increment(ref _requests):0000}", JsonSerializer.SerializeToElement(arguments), new CallOrigin(conversation is null ? "rest" : "ask", conversation, Tainted: tainted), dryRun), default);

    public Task<Outcome> ArchiveAsync(string workspace, Principal by, string? conversation = Conversation, bool tainted = false) =>
        CallAsync("workspace.archive", new { workspace_id = workspace }, by, conversation, tainted);

    public async Task BackAsync(string workspace, Principal by) => Assert.Equal("completed", (await CallAsync("workspace.unarchive", new { workspace_id = workspace }, by)).Status);

    /// <returns>The outcome's approval, consumed.</returns>
    public async Task<string> ApproveAsync(Outcome asked, Principal by)
    {
        Assert.Equal("confirmation_required", asked.Status);
        var open = await Approvals.OpenAsync(by, asked.ApprovalId!, default);
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await Approvals.ApproveAsync(by, asked.ApprovalId!, new ApproveRequest(open!.ConfirmToken), default)).Outcome.Status);
        return asked.ApprovalId!;
    }

    /// <summary>Archives by a decision, and back.</summary>
    /// <returns>The approval.</returns>
    public async Task<string> DecidedAsync(string workspace, Principal by, Principal? approver = null, string? conversation = Conversation)
    {
        var approval = await ApproveAsync(await ArchiveAsync(workspace, by, conversation), approver ?? by);
        await BackAsync(workspace, by);
        return approval;
    }

    public Task<GrantAnswer> MakeAsync(string approval, Principal by, IReadOnlyList<string> workspaces, int count = 5, double days = 7, string @is = "one_of") =>
        Grants.MakeAsync(by, approval, new GrantRequest([new GrantConstraint("workspace_id", @is, workspaces)], count, Time.GetUtcNow().AddDays(days)), default);

    /// <summary>A grant to archive these workspaces in the conversation, given by the one who asks.</summary>
    public async Task<Grant> GrantedAsync(Principal by, IReadOnlyList<string> workspaces, int count = 5, Principal? approver = null, string? conversation = Conversation) =>
        Assert.IsType<GrantAnswer.Done>(await MakeAsync(await DecidedAsync(workspaces[0], by, approver, conversation), approver ?? by, workspaces, count)).Grant;

    public T Get<T>() where T : notnull => Hub.Services.GetRequiredService<T>();

    public Task<Grant> FindAsync(Grant grant) => FindAsync(Ada, grant);

    public async Task<Grant> FindAsync(Principal by, Grant grant) => (await Grants.FindAsync(by, grant.Id, default))!;

    public async Task<IReadOnlyList<JsonObject>> RowsAsync(string auditEvent)
    {
        await using var reader = await Database.ReadAsync(default);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = @auditEvent order by seq", new { auditEvent }, default)).Select(b => JsonNode.Parse(b)!.AsObject())];
    }

    public async Task WriteAsync(Func<IHubTransaction, Task> write)
    {
        await using var transaction = await Database.BeginAsync(default);
        await write(transaction);
        await transaction.CommitAsync(default);
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await _rows.DisposeAsync();
    }

    private sealed class FaultyTrail(IAuditTrail inner) : IAuditTrail
    {
        public string? NoRowsOf { get; set; }

        public Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken) =>
            entry.Event == NoRowsOf ? throw new HubUnavailableException("The disk is full.", new IOException()) : inner.AppendAsync(transaction, entry, cancellationToken);

        public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken) => inner.AppendAsync(entry, cancellationToken);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>A whole hub over each database, with people: the admin of its browser, Olga who owns a workspace, Ana, and Ben.</summary>
public abstract class InvitationBench(TestStore store) : IAsyncLifetime
{
    protected const string Password = "four words in a row";
    private StoredRows? _rows;

    protected virtual string[] Settings => [];

    /// <summary>Services in the place of the hub's own.</summary>
    protected virtual void More(IServiceCollection services)
    {
    }

    protected FakeTime Time { get; } = new();

    protected TestHub Hub { get; private set; } = null!;

    protected string Workspace { get; private set; } = "";

    protected Principal Admin => Hub.Person;

    protected Principal Olga { get; private set; } = null!;

    protected Principal Ana { get; private set; } = null!;

    protected Principal Ben { get; private set; } = null!;

    protected InvitationDoor Door => Hub.Services.GetRequiredService<InvitationDoor>();

    protected InvitationLinks Links => Hub.Services.GetRequiredService<InvitationLinks>();

    protected Newcomers Newcomers => Hub.Services.GetRequiredService<Newcomers>();

    protected HubDatabase Database => Hub.Services.GetRequiredService<HubDatabase>();

    public async ValueTask InitializeAsync()
    {
        _rows = await store.NewAsync();
        Hub = await TestHub.StartAsync(Time, ["--SignIn:Password=true", "--Hosts:PricePerHour=0.10", "--Logging:LogLevel:Default=Trace", .. Settings], s => More(s.Replace(ServiceDescriptor.Singleton(p => _rows.Open(p.GetRequiredService<TimeProvider>())))));
        (Olga, Ana, Ben) = (await PersonAsync("Olga", "olga@example.org"), await PersonAsync("Ana", "ana@example.org"), await PersonAsync("Ben", "ben@example.org"));
        Workspace = await WorkspaceAsync("Billing", Olga);
    }

    public async ValueTask DisposeAsync()
    {
        if (Hub is not null) await Hub.DisposeAsync();
        if (_rows is not null) await _rows.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Somebody with an account, signed in in a browser.</summary>
    protected async Task<Principal> PersonAsync(string name, string email)
    {
        var account = Assert.IsType<PersonChange.Done>(await Hub.Services.GetRequiredService<People>().CreateAsync(null, email, name, "member", false, default)).Account;
        return await SignInAsync(account.Id);
    }

    protected async Task<Principal> SignInAsync(string accountId)
    {
        var signIn = Hub.Services.GetRequiredService<LinkSignIn>();
        var done = Assert.IsType<SignInResult.SignedIn>(await signIn.SignInAsync(await signIn.CreateLinkAsync(accountId, AccountActor.Operator, default), new SigningBrowser("test"), false, default));
        return (await Hub.Services.GetRequiredService<BrowserSessions>().AuthenticateAsync(done.Cookie, default))!;
    }

    protected async Task<string> WorkspaceAsync(string title, Principal owner)
    {
        var id = Ids.New(WorkspaceId.Prefix);
        await WriteAsync(t => new WorkspaceStore().InsertAsync(t, id, title, [], owner.AccountId, owner.AccountId, default));
        return id;
    }

    /// <summary>Asks by the gate; nothing is decided.</summary>
    protected Task<Outcome> AskAsync(Principal by, string tool, object arguments) => Hub.Services.GetRequiredService<IToolGate>()
        .InvokeAsync(by, new ToolCall(tool, Ids.New("req"), JsonSerializer.SerializeToElement(arguments, Json.Wire), new CallOrigin("ui")), CancellationToken.None);

    /// <summary>Plans and applies, as after the approval.</summary>
    protected async Task<JsonObject> DoAsync(Principal by, string tool, object arguments)
    {
        var write = (IWriteTool)Hub.Services.GetRequiredService<IToolCatalog>().Find(tool)!;
        var origin = new CallOrigin("ui");
        PlanDraft draft;
        await using (var reader = await Database.ReadAsync(default))
            draft = await write.PlanAsync(new PlanningContext(reader, by, origin, null!, []), JsonSerializer.SerializeToNode(arguments, Json.Wire)!.AsObject(), default);
        JsonObject? result = null;
        await WriteAsync(async t => result = await write.ApplyAsync(new ApplyContext(t, by, origin, Ids.New("act"), null!), new AppliedPlan(tool, draft.Arguments, draft.Effects), default));
        return result!["invitation"]!.AsObject();
    }

    protected async Task<string> InviteAsync(Principal by, object arguments) => (string)(await DoAsync(by, "invitation.create", arguments))["id"]!;

    protected Task<string> InviteToAsync(string? email, string role = "collaborator", int days = 7) => InviteAsync(Olga, email is null
        ? new { workspace_id = Workspace, workspace_role = role, days } : new { email, workspace_id = Workspace, workspace_role = role, days });

    protected async Task<string> LinkAsync(Principal by, string invitation) => Assert.IsType<InvitationLinkResult.Made>(await Links.MakeAsync(by, invitation, default)).Token;

    protected Task<InvitationResult> AcceptAsync(Principal person, string invitation, string? token) => Door.AcceptAsync(person, invitation, token, null, default);

    protected async Task<string?> RoleAsync(Principal person) => await FindAsync<string>("select role from workspace_members where workspace_id = @Workspace and account_id = @AccountId", new { Workspace, person.AccountId });

    protected async Task WriteAsync(Func<IHubTransaction, Task> write)
    {
        await using var transaction = await Database.BeginAsync(default);
        await write(transaction);
        await transaction.CommitAsync(default);
    }

    protected async Task<T?> FindAsync<T>(string sql, object? arguments = null)
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.FindAsync<T>(sql, arguments, default);
    }

    /// <summary>What a refusal that was just made says on the record.</summary>
    protected async Task<string> ReasonAsync()
    {
        var row = await FindAsync<string>("select body from audit where event = 'signin.failed' order by seq desc limit 1");
        return (string)JsonNode.Parse(row!)!["data"]!["reason"]!;
    }

    protected Task<long> CountAsync(string what) => FindAsync<long>($"select count(*) from {what}");
}

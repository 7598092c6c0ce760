using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>A gate over real accounts that sign in with passwords.</summary>
internal sealed class PolicyHub : IAsyncDisposable
{
    private PolicyHub(GateHub gate) => Gate = gate;

    public GateHub Gate { get; }

    public PolicyDesk Desk => Gate.Get<PolicyDesk>();

    public PolicySimulator Simulator => Gate.Get<PolicySimulator>();

    public People People => Gate.Get<People>();

    public static async Task<PolicyHub> CreateAsync(TestStore store) => new(await GateHub.CreateAsync(await store.NewAsync(), services =>
        services.AddSingleton<IAccountRecord, Record>().AddSingleton<ISignInPolicy, Passwords>().AddAccounts()));

    /// <summary>Another process over the same rows.</summary>
    public async Task<PolicyHub> ReopenAsync() => new(await Gate.ReopenAsync());

    /// <summary>An account as the operator makes it: nobody here gave it anything.</summary>
    /// <param name="key">Whether it has a password.</param>
    public async Task<Principal> PersonAsync(string name, string role = "member", string? email = null, bool key = true)
    {
        var id = $"acc_{name.ToLowerInvariant()}";
        await WriteAsync("insert into accounts (id, name, email, role, created_at) values (@id, @name, @email, @role, hub_now())", new { id, name, email = email ?? $"{name.ToLowerInvariant()}@halden.example", role });
        if (key) await WriteAsync("insert into account_passwords (account_id, hash, changed_at) values (@id, 'x', hub_now())", new { id });
        return await SignInAsync(new Principal(id, name, role, null, null, null, TokenScopes.All, default));
    }

    /// <summary>A new session.</summary>
    public async Task<Principal> SignInAsync(Principal person, SigningBrowser? browser = null)
    {
        await using var transaction = await Gate.Database.BeginAsync(default);
        var account = (await Gate.Get<AccountStore>().FindAsync(transaction, person.AccountId, default))!;
        var opened = await Gate.Get<SessionOpening>().OpenAsync(transaction, account, browser ?? new SigningBrowser(null), "password", transaction.Now, default);
        await transaction.CommitAsync(default);
        return person with { Role = account.Role, AuthSessionId = opened.Session.Id, AuthTime = opened.Session.AuthTime };
    }

    public async Task<PolicySave> SaveAsync(Principal admin, params PolicyRule[] rules)
    {
        var view = await Desk.ReadAsync(admin, default);
        return await Desk.SaveAsync(admin, new PolicyProposal(view?.Version ?? 1, rules, "because", Unseen: true), default);
    }

    public async Task WriteAsync(string sql, object? arguments = null)
    {
        await using var transaction = await Gate.Database.BeginAsync(default);
        await transaction.ExecuteAsync(sql, arguments, default);
        await transaction.CommitAsync(default);
    }

    /// <summary>The last row of an event.</summary>
    public async Task<JsonObject> RowAsync(string name)
    {
        await using var reader = await Gate.Database.ReadAsync(default);
        return JsonNode.Parse((await reader.FindAsync<string>("select body from audit where event = @name order by seq desc limit 1", new { name }, default))!)!.AsObject();
    }

    public ValueTask DisposeAsync() => Gate.DisposeAsync();

    public static PolicyRule Rule(string decision, string? tool = "note.set") => new(Ids.New("rul"), decision) { Tool = tool };

    private sealed class Record(IAuditTrail audit) : IAccountRecord
    {
        public Task AppendAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken) =>
            audit.AppendAsync(transaction, new AuditEntry(entry.Event, "completed", new AuditActor(entry.By.Account, null, entry.By.Session, entry.By.Via)) { Data = entry.Data }, cancellationToken);
    }

    private sealed class Passwords : ISignInPolicy
    {
        public bool ByLink => false;

        public bool ByPassword => true;

        public IReadOnlyList<string> Issuers => [];

        public TimeSpan RecentSignIn => TimeSpan.FromMinutes(10);
    }
}

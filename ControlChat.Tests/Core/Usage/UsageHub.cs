using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

/// <summary>A hub's rows with people, and what is needed to count and to look.</summary>
internal sealed class UsageHub : IAsyncDisposable
{
    public static readonly Principal Ada = Person("acc_ada", "admin");
    public static readonly Principal Ben = Person("acc_ben", "member");

    private UsageHub(StoredRows rows, HubDatabase database, FakeTime time)
    {
        (Rows, Database, Time) = (rows, database, time);
        Principals = new Principals(new AccountStore(new LinkPolicy()), new BrowserSessionStore(), new ApiTokenStore());
        Desk = new UsageDesk(database, Principals, new AccountLimits(Settings, new SettingsStore()));
    }

    public StoredRows Rows { get; }

    public HubDatabase Database { get; }

    public FakeTime Time { get; }

    public TestSettings Settings { get; } = new();

    public IPrincipals Principals { get; }

    public UsageDesk Desk { get; }

    public DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public static async Task<UsageHub> OpenAsync(TestStore store)
    {
        var (rows, time) = (await store.NewAsync(), new FakeTime());
        var hub = new UsageHub(rows, rows.Open(time), time);
        await hub.Database.MigrateAsync(default);
        foreach (var person in new[] { Ada, Ben }) await hub.AddAsync(person);
        return hub;
    }

    public static Principal Person(string id, string role) => new(id, id[4..], role, null, null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);

    public Task AddAsync(Principal person) => WriteAsync(
        "insert into accounts (id, name, role, created_at) values (@AccountId, @Name, @Role, hub_now())", person);

    public async Task<int> WriteAsync(string sql, object? arguments = null)
    {
        await using var transaction = await Database.BeginAsync(default);
        var changed = await transaction.ExecuteAsync(sql, arguments, default);
        await transaction.CommitAsync(default);
        return changed;
    }

    public async Task<T?> FindAsync<T>(string sql, object? arguments = null)
    {
        await using var reader = await Database.ReadAsync(default);
        return await reader.FindAsync<T>(sql, arguments, default);
    }

    /// <summary>Another process over the same rows, or this one over a database with faults.</summary>
    public UsageFlush Flush(UsageCounts counts, HubDatabase? database = null) => new(database ?? Database, counts, Time, NullLogger<UsageFlush>.Instance);

    /// <summary>Counts calls and writes them down.</summary>
    public async Task CountAsync(string account, string tool, int calls = 1, string status = "completed", double ms = 5, string? token = null, string kind = UsageKinds.Tool)
    {
        var counts = new UsageCounts(Time);
        for (var i = 0; i < calls; i++) counts.Called(account, token, kind, tool, status, TimeSpan.FromMilliseconds(ms));
        using var flush = Flush(counts);
        await flush.FlushAsync(default);
    }

    public async Task<UsageReport> ReadAsync(UsageBy by, string? account = null, Principal? who = null, Func<UsageQuery, UsageQuery>? ask = null)
    {
        var query = new UsageQuery(Today.AddDays(-29), Today, by, account);
        return Assert.IsType<UsageAnswer.Found>(await Desk.ReadAsync(who ?? Ada, ask is null ? query : ask(query), default)).Report;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Rows.DisposeAsync();
    }
}

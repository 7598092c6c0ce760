using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Workspaces;

/// <summary>A real database in a folder of its own, for what the workspace tests do in transactions.</summary>
public sealed class WorkspaceHub : IAsyncDisposable
{
    private readonly StoredRows _rows;

    private WorkspaceHub(StoredRows rows)
    {
        _rows = rows;
        Database = rows.Open(Time);
        Database.Committed = said => Said.AddRange(said);
        Settings = new FixedSettings(new HubPaths(rows.Folder.Path, this["workspaces"], this["workspaces/local"], this["checkpoints"]));
    }

    public FakeTime Time { get; } = new();

    public HubDatabase Database { get; }

    /// <summary>Every announcement and hint of every commit.</summary>
    public List<Announcement> Said { get; } = [];

    public FixedSettings Settings { get; }

    public string this[string name] => _rows.Folder[name];

    public WorkspaceStore Workspaces { get; } = new();

    public static async Task<WorkspaceHub> OpenAsync(TestStore? store = null)
    {
        var hub = new WorkspaceHub(await (store ?? TestStore.Sqlite).NewAsync());
        await hub.Database.MigrateAsync(CancellationToken.None);
        return hub;
    }

    public static Principal Person(string account) => new(account, account, "member", $"ses_{account}", null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);

    public static Principal Token(string account) => new(account, account, "member", null, "tok_1", "script", TokenScopes.All, DateTimeOffset.UnixEpoch);

    public async Task<T> WriteAsync<T>(Func<IHubTransaction, Task<T>> write)
    {
        await using var transaction = await Database.BeginAsync(CancellationToken.None);
        var result = await write(transaction);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }

    public async Task<T> ReadAsync<T>(Func<IHubReader, Task<T>> read)
    {
        await using var reader = await Database.ReadAsync(CancellationToken.None);
        return await read(reader);
    }

    /// <summary>A workspace of an account, a millisecond later than the one before.</summary>
    public async Task<string> AddAsync(string title, string account = "acc_1", params string[] tags)
    {
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var id = Ids.New(WorkspaceId.Prefix);
        return await WriteAsync(async t =>
        {
            await Workspaces.InsertAsync(t, id, title, tags, account, account, CancellationToken.None);
            return id;
        });
    }

    public Task JoinAsync(string id, string account, string role) => WriteAsync(t => t.ExecuteAsync("""
        insert into workspace_members (workspace_id, account_id, role, state, updated_at) select id, @account, @role, state, updated_at from workspaces where id = @id
        """, new { id, account, role }, CancellationToken.None));

    /// <summary>An account, which may be closed.</summary>
    public Task AccountAsync(string id, string? email = null, string? name = null, bool closed = false) => WriteAsync(t => t.ExecuteAsync("""
        insert into accounts (id, name, email, role, created_at, closed_at) values (@id, @name, @email, 'member', hub_now(), case when @closed = 1 then hub_now() end)
        """, new { id, email, name = name ?? id, closed }, CancellationToken.None));

    public Task<Workspace?> FindAsync(string id, string account = "acc_1") => ReadAsync(r => Workspaces.FindAsync(r, account, id, CancellationToken.None));

    public Task<IReadOnlyList<string>> PlanOfAsync(string sql, object arguments) => ReadAsync(async r =>
        (IReadOnlyList<string>)[.. (await r.QueryAsync<PlanLine>("explain query plan " + sql, arguments, CancellationToken.None)).Select(l => l.Detail)]);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _rows.DisposeAsync();
    }

    private sealed class PlanLine
    {
        public string Detail { get; init; } = "";
    }
}

public sealed class FixedSettings(HubPaths paths) : IHubSettings
{
    public HubOptions Current { get; set; } = new();

    public HubPaths Paths { get; set; } = paths;
}

/// <summary>Keeps what was put on the record.</summary>
public sealed class RecordedAudit : IAuditTrail
{
    public List<AuditEntry> Entries { get; } = [];

    public Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken) => AppendAsync(entry, cancellationToken);

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        Entries.Add(entry);
        return Task.FromResult((long)Entries.Count);
    }
}

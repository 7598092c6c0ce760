using System.Data.Common;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

/// <summary>A hub of its own with a record, and a second connection for whoever wants to tamper with the file.</summary>
internal sealed class AuditHub : IAsyncDisposable
{
    private readonly StoredRows _rows;
    private readonly bool _owns;

    private AuditHub(StoredRows rows, AuditPlaces places, bool owns)
    {
        (_rows, _owns, Places) = (rows, owns, places);
        Database = rows.Open(Time);
        Trail = new AuditTrail(Database, Pulse);
        Chain = CheckpointChain.Of(Places, Database);
        Identity = new HubIdentity(Database);
        Writer = new CheckpointWriter(Database, Identity, Places, Chain, Pulse, State, Time, new CapturingLogger<CheckpointWriter>());
        Indexer = new AuditIndexer(Database, Time, new CapturingLogger<AuditIndexer>());
        Export = new AuditExport(Database, Identity, Trail, Chain, Places);
    }

    public FakeTime Time { get; } = new();

    public HubDatabase Database { get; }

    public AuditTrail Trail { get; }

    public AuditPulse Pulse { get; } = new();

    public AuditPlaces Places { get; }

    public CheckpointChain Chain { get; }

    public HubIdentity Identity { get; }

    public CheckpointState State { get; } = new();

    public CheckpointWriter Writer { get; }

    public AuditIndexer Indexer { get; }

    public AuditExport Export { get; }

    public string Folder => _rows.Folder.Path;

    public static async Task<AuditHub> CreateAsync(TestStore store, int rows = 0)
    {
        var made = await store.NewAsync();
        var hub = new AuditHub(made, new AuditPlaces(made.Folder.Path, made.Folder["checkpoints"]), owns: true);
        await hub.Database.MigrateAsync(default);
        await hub.AppendAsync(rows);
        return hub;
    }

    /// <summary>One process of several over the same rows, with a checkpoint file of its own; the rows stay when it is disposed.</summary>
    public static AuditHub Node(StoredRows rows, string name, ISharedKeys keys) =>
        new(rows, new AuditPlaces(rows.Folder.Path, rows.Folder[name]) { SharedKeys = keys }, owns: false);

    public static AuditEntry Entry(string tool = "workspace.create", string account = "acc_1") =>
        new("tool.applied", "completed", new AuditActor(account, null, null, "rest")) { Tool = tool };

    /// <summary>Appends rows <c>r1, r2, …</c> (by request id) in one transaction.</summary>
    public async Task AppendAsync(int rows, string account = "acc_1")
    {
        await using var transaction = await Database.BeginAsync(default);
        for (var i = 0; i < rows; i++)
            await Trail.AppendAsync(transaction, Entry(account: account) with { RequestId = $"r{i + 1}", Data = new() { ["title"] = $"row {i + 1}" } }, default);
        await transaction.CommitAsync(default);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments = null)
    {
        await using var session = await Database.ReadAsync(default);
        return await session.QueryAsync<T>(sql, arguments, default);
    }

    /// <summary>Appends so many rows and signs them.</summary>
    public async Task SignAsync(int rows = 0)
    {
        await AppendAsync(rows);
        Assert.True(await Writer.TryWriteAsync(default), State.Fault);
    }

    public PublicKey Key()
    {
        using var key = SigningKey.LoadOrCreate(Places);
        return key.Public;
    }

    /// <summary>In one go, and in blocks side by side: both say the same.</summary>
    public async Task<VerifyResult> VerifyAsync(PublicKey? pinned = null)
    {
        var verdict = await new RecordVerifier(Database).VerifyAsync(await Chain.LinesAsync(default), pinned ?? Key(), pinned is not null, null, default);
        Assert.Equal(verdict, await new RecordVerifier(Database, block: 7).VerifyAsync(await Chain.LinesAsync(default), pinned ?? Key(), pinned is not null, null, default));
        return verdict;
    }

    /// <summary>What someone with the file can do who has dropped the triggers.</summary>
    public void Tamper(string sql, object? arguments = null)
    {
        using var connection = Open();
        foreach (var trigger in new[] { "audit_insert", "audit_update", "audit_delete" })
            connection.Execute($"drop trigger if exists {trigger}" + (Database is SqliteHubDatabase ? "" : " on audit"));
        connection.Execute(sql, arguments);
    }

    /// <summary>What someone can do who writes bytes into the file: no trigger, no index and no computed column has a say.</summary>
    public void TamperBytes(string sql)
    {
        using var connection = Open();
        connection.Execute("create table bytes as select seq, body, prev_hash, body_hash, hash from audit; drop table audit; create table audit (seq integer primary key, body, prev_hash, body_hash, hash); insert into audit select * from bytes; drop table bytes;");
        connection.Execute(sql);
    }

    public DbConnection Open() => _rows.Connect();

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Writer.Dispose();
        Indexer.Dispose();
        Pulse.Dispose();
        if (_owns) await _rows.DisposeAsync();
    }
}

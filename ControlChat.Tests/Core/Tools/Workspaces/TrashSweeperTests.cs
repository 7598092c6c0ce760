using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Workspaces;

public abstract class TrashSweeperTests(TestStore store) : IAsyncLifetime
{
    private readonly RecordedAudit _audit = new();
    private ToolBench _bench = null!;
    private TrashSweeper _sweeper = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        _sweeper = new TrashSweeper(_bench.Hub.Database, _bench.Hub.Workspaces, _audit, _bench.Hub.Time, NullLogger<TrashSweeper>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _sweeper.Dispose();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task Only_what_is_due_goes_and_it_goes_on_the_record()
    {
        var old = await _bench.Hub.AddAsync("old", "acc_1", "x");
        await _bench.DoAsync("workspace.delete", new { workspace_id = old });
        _bench.Hub.Time.Advance(TimeSpan.FromDays(29));
        var young = await _bench.Hub.AddAsync("young");
        await _bench.DoAsync("workspace.delete", new { workspace_id = young });
        Assert.Equal(0, await _sweeper.SweepAsync(CancellationToken.None));
        _bench.Hub.Time.Advance(TimeSpan.FromDays(2));
        _bench.Hub.Said.Clear();
        Assert.Equal(1, await _sweeper.SweepAsync(CancellationToken.None));
        Assert.Null(await _bench.Hub.FindAsync(old));
        Assert.NotNull(await _bench.Hub.FindAsync(young));
        var entry = Assert.Single(_audit.Entries);
        Assert.Equal(("tool.applied", "system", null, "workspace.purge", old), (entry.Event, entry.Actor.Via, entry.Actor.Account, entry.Tool, entry.WorkspaceId));
        Assert.Equal("old", (string?)entry.Data["effects"]![0]!["before"]!["title"]);
        Assert.Equal(WorkspaceDirectories.Order(old, null), Assert.Single(_bench.Hub.Said, a => a.Topic == "workspace.directory").Id);
    }

    [Theory]
    [InlineData("hub", null)]
    [InlineData("tool", "workspace.purge")]
    public async Task A_freeze_stops_the_sweep(string scope, string? target)
    {
        var id = await _bench.Hub.AddAsync("old");
        await _bench.DoAsync("workspace.delete", new { workspace_id = id });
        _bench.Hub.Time.Advance(TimeSpan.FromDays(31));
        await _bench.Hub.WriteAsync(t => t.ExecuteAsync("insert into freezes (id, scope, target, reason, set_by, set_at) values ('frz_1', @scope, @target, 'r', 'acc_1', hub_now())", new { scope, target }, CancellationToken.None));
        Assert.Equal(0, await _sweeper.SweepAsync(CancellationToken.None));
        Assert.NotNull(await _bench.Hub.FindAsync(id));
        Assert.Empty(_audit.Entries);
    }
}

public sealed class TrashSweeperOnSqliteTests() : TrashSweeperTests(TestStore.Sqlite);

public sealed class TrashSweeperOnPostgresTests() : TrashSweeperTests(TestStore.Postgres);

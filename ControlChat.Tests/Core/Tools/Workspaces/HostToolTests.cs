using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Workspaces;

public abstract class HostToolTests(TestStore store) : IAsyncLifetime
{
    private readonly HostStore _hosts = new();
    private ToolBench _bench = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        _id = await _bench.Hub.AddAsync("w");
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(null, "0.12", "small")]
    [InlineData("medium", "0.24", "medium")]
    [InlineData("large", "0.48", "large")]
    public async Task Starting_shows_what_an_hour_costs(string? size, string amount, string resolved)
    {
        _bench.Hub.Settings.Current = new() { Hosts = new() { PricePerHour = "0.12", Currency = "CHF" } };
        var draft = await _bench.PlanAsync("workspace.start_host", size is null ? new { workspace_id = "w" } : new { workspace_id = "w", size });
        Assert.Equal(new Cost(amount, "CHF", "hour"), draft.Cost);
        Assert.Equal((ToolScope.Billing, "workspace.stop_host", resolved), (draft.Scope, draft.Compensation!.Tool, (string?)draft.Arguments["size"]));
        Assert.Equal(["state", "size"], draft.Effects.Select(e => e.Field));
        Assert.All(draft.Effects, e => Assert.Equal($"host/{_id}", e.Resource));
    }

    [Fact]
    public async Task Starting_and_stopping_are_orders_that_are_carried_out_after_the_commit()
    {
        _bench.Hub.Said.Clear();
        var started = await _bench.DoAsync("workspace.start_host", new { workspace_id = _id });
        Assert.Equal("starting", (string?)started["workspace"]!["host"]!["state"]);
        var order = Assert.Single(_bench.Hub.Said, a => a.Topic == HostKeeper.Order);
        Assert.StartsWith(_id + ":act_", order.Id, StringComparison.Ordinal);
        Assert.NotNull(order.OutboxId);
        var stop = await _bench.PlanAsync("workspace.stop_host", new { workspace_id = _id });
        Assert.Equal((ToolScope.Destructive, null, true), (stop.Scope, stop.Compensation, stop.Reversible));
        Assert.Equal(new ReadVersion($"host/{_id}", 1), Assert.Single(stop.ReadSet));
        await _bench.ApplyAsync("workspace.stop_host", stop);
        Assert.Equal("stopping", (await _bench.Hub.FindAsync(_id))!.Host.State);
        Assert.Equal(2, _bench.Hub.Said.Count(a => a.Topic == HostKeeper.Order));
    }

    [Fact]
    public async Task What_is_so_already_is_no_change_and_what_does_not_fit_is_refused()
    {
        Assert.Empty((await _bench.PlanAsync("workspace.stop_host", new { workspace_id = _id })).Effects);
        await _bench.DoAsync("workspace.start_host", new { workspace_id = _id, size = "medium" });
        var again = await _bench.PlanAsync("workspace.start_host", new { workspace_id = _id, size = "medium" });
        Assert.Empty(again.Effects);
        Assert.Null(again.Cost);
        Assert.Contains("Stop it first", (await _bench.RefusedAsync("workspace.start_host", new { workspace_id = _id, size = "large" })).Message, StringComparison.Ordinal);
        await _bench.DoAsync("workspace.stop_host", new { workspace_id = _id });
        Assert.Contains("stopping", (await _bench.RefusedAsync("workspace.start_host", new { workspace_id = _id })).Message, StringComparison.Ordinal);
        Assert.Equal("invalid", (await _bench.RefusedAsync("workspace.start_host", new { workspace_id = _id, size = "huge" })).Code);
    }

    [Theory, InlineData("workspace.archive"), InlineData("workspace.delete")]
    public async Task A_workspace_is_not_put_away_while_its_host_runs(string tool)
    {
        var away = await _bench.PlanAsync(tool, new { workspace_id = _id });
        await _bench.DoAsync("workspace.start_host", new { workspace_id = _id });
        Assert.Contains("workspace.stop_host", (await _bench.RefusedAsync(tool, new { workspace_id = _id })).Message, StringComparison.Ordinal);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync(tool, away))).Code);
        await _bench.DoAsync("workspace.stop_host", new { workspace_id = _id });
        await _bench.DoAsync(tool, new { workspace_id = _id });
        await MoveAsync(HostState.Off);
        Assert.Contains("Only an active workspace", (await _bench.RefusedAsync("workspace.start_host", new { workspace_id = _id })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_the_trash_is_purged_when_its_host_is_off()
    {
        await _bench.DoAsync("workspace.start_host", new { workspace_id = _id });
        await _bench.DoAsync("workspace.stop_host", new { workspace_id = _id });
        await _bench.DoAsync("workspace.delete", new { workspace_id = _id });
        var refused = await _bench.RefusedAsync("workspace.purge", new { workspace_id = _id });
        Assert.Equal(("conflict", true), (refused.Code, refused.Message.Contains("is stopping", StringComparison.Ordinal)));
        using var sweeper = new TrashSweeper(_bench.Hub.Database, _bench.Hub.Workspaces, new RecordedAudit(), _bench.Hub.Time, NullLogger<TrashSweeper>.Instance);
        _bench.Hub.Time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(0, await sweeper.SweepAsync(CancellationToken.None));
        Assert.Empty(await _bench.Hub.ReadAsync(r => _bench.Hub.Workspaces.DueAsync(r, CancellationToken.None)));
        await MoveAsync(HostState.Off);
        Assert.Equal(1, await sweeper.SweepAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_failed_host_can_be_started_again_and_its_progress_does_not_make_plans_stale()
    {
        await _bench.DoAsync("workspace.start_host", new { workspace_id = _id });
        await MoveAsync(HostState.Failed, "No room.");
        Assert.Equal(new WorkspaceHost(HostState.Failed, "small", "No room."), (await _bench.Hub.FindAsync(_id))!.Host);
        var again = await _bench.PlanAsync("workspace.start_host", new { workspace_id = _id, size = "small" });
        Assert.Equal(new ReadVersion($"host/{_id}", 1), Assert.Single(again.ReadSet));
        Assert.Equal(("failed", "on"), ((string?)Assert.Single(again.Effects).Before, (string?)again.Effects[0].After));
        await _bench.ApplyAsync("workspace.start_host", again);
        Assert.Equal(new WorkspaceHost(HostState.Starting, "small"), (await _bench.Hub.FindAsync(_id))!.Host);
    }

    private async Task MoveAsync(string state, string? reason = null)
    {
        var row = await _bench.Hub.ReadAsync(r => _hosts.FindAsync(r, _id, CancellationToken.None));
        Assert.True(await _bench.Hub.WriteAsync(t => _hosts.MoveAsync(t, row!, state, reason, CancellationToken.None)));
    }
}

public sealed class HostToolOnSqliteTests() : HostToolTests(TestStore.Sqlite);

public sealed class HostToolOnPostgresTests() : HostToolTests(TestStore.Postgres);

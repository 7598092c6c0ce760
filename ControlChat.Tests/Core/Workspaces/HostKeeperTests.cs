using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public sealed class HostKeeperTests : IAsyncLifetime
{
    private readonly RecordedAudit _audit = new();
    private readonly HostStore _hosts = new();
    private readonly FakeHosts _driver = new();
    private WorkspaceHub _hub = null!;
    private HostKeeper _keeper = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync();
        _keeper = KeeperOf("local");
        _id = await _hub.AddAsync("w");
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_order_is_carried_out_once_and_is_on_the_record_once()
    {
        await StartAsync("act_1");
        await HandleAsync("act_1");
        await HandleAsync("act_1");
        Assert.Equal(new WorkspaceHost(HostState.On, "small"), await HostAsync());
        Assert.Equal([new HostOrder(_id, "act_1", "small")], _driver.Started);
        await StopAsync("act_2");
        await HandleAsync("act_2");
        await HandleAsync("act_2");
        await HandleAsync("act_1");
        Assert.Equal(HostState.Off, (await HostAsync()).State);
        Assert.Empty(_driver.Running);
        Assert.Equal(
            [("tool.applied", "workspace.start_host", "act_1", "on"), ("tool.applied", "workspace.stop_host", "act_2", "off")],
            _audit.Entries.Select(e => (e.Event, e.Tool!, e.ActionId!, (string)e.Data["host"]!)));
        Assert.All(_audit.Entries, e => Assert.Equal(("system", _id), (e.Actor.Via, e.WorkspaceId)));
    }

    [Fact]
    public async Task An_order_that_a_later_one_replaced_starts_nothing()
    {
        await StartAsync("act_1");
        await StopAsync("act_2");
        await HandleAsync("act_1");
        Assert.Empty(_driver.Started);
        await HandleAsync("act_2");
        Assert.Equal(HostState.Off, (await HostAsync()).State);
    }

    [Fact]
    public async Task A_host_that_does_not_come_up_says_why()
    {
        _driver.Fault = new HostFailedException("The host ended at once: no room.");
        await StartAsync("act_1");
        await HandleAsync("act_1");
        Assert.Equal(new WorkspaceHost(HostState.Failed, "small", "The host ended at once: no room."), await HostAsync());
        Assert.Equal(("tool.failed", "failed", "The host ended at once: no room."), (_audit.Entries[0].Event, _audit.Entries[0].Outcome, (string?)_audit.Entries[0].Data["error"]));
    }

    [Fact]
    public async Task What_cannot_be_done_yet_is_tried_again_and_then_given_up()
    {
        _driver.Fault = new IOException("no directory yet");
        await StartAsync("act_1");
        await Assert.ThrowsAsync<IOException>(() => HandleAsync("act_1"));
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.Starting, (await HostAsync()).State);
        _hub.Time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(1));
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.Failed, (await HostAsync()).State);
        Assert.Single(_audit.Entries);
    }

    [Fact]
    public async Task A_host_that_died_shows_failed_and_one_that_nobody_wants_is_ended()
    {
        await StartAsync("act_1");
        await HandleAsync("act_1");
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.On, (await HostAsync()).State);
        _driver.Running.Clear();
        _driver.Running["ws_0123456789abcdef"] = "act_0";
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(new WorkspaceHost(HostState.Failed, "small", "The host ended by itself."), await HostAsync());
        Assert.Empty(_driver.Running);
    }

    [Fact]
    public async Task A_host_started_before_the_crash_is_taken_over()
    {
        await StartAsync("act_1");
        _driver.Running[_id] = "act_1";
        using var restarted = KeeperOf("local");
        await restarted.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.On, (await HostAsync()).State);
        Assert.Equal("act_1", _driver.Running[_id]);
    }

    [Fact]
    public async Task Another_process_of_the_hub_lets_a_host_be_until_its_own_is_gone_for_long()
    {
        await StartAsync("act_1");
        await HandleAsync("act_1");
        _driver.Running.Clear();
        using var other = KeeperOf("other");
        await other.HandleAsync(HostKeeper.OrderOf(_id, "act_1"), CancellationToken.None);
        await other.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.On, (await HostAsync()).State);
        _hub.Time.Advance(HostNode.Patience + TimeSpan.FromSeconds(1));
        await other.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.Failed, (await HostAsync()).State);
    }

    [Fact]
    public async Task Hosts_that_do_not_answer_keep_no_other_waiting_and_no_order()
    {
        var ids = new List<string> { _id };
        for (var i = 1; i < 40; i++) ids.Add(await _hub.AddAsync($"w{i}"));
        foreach (var id in ids)
        {
            await _hub.WriteAsync(t => _hosts.OrderStartAsync(t, id, HostSize.Small, "act_1", CancellationToken.None));
            await _keeper.HandleAsync(HostKeeper.OrderOf(id, "act_1"), CancellationToken.None);
        }
        var silence = new TaskCompletionSource<bool>();
        foreach (var id in ids.Skip(1)) _driver.Silent[id] = silence.Task;
        _hub.Time.Advance(TimeSpan.FromMinutes(1));
        var looking = _keeper.LookAsync(CancellationToken.None);
        await Waiting.UntilAsync(async () => await SeenAsync(_id) == _hub.Time.GetUtcNow());
        var another = await _hub.AddAsync("another");
        await _hub.WriteAsync(t => _hosts.OrderStartAsync(t, another, HostSize.Small, "act_2", CancellationToken.None));
        await _keeper.HandleAsync(HostKeeper.OrderOf(another, "act_2"), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HostState.On, (await _hub.FindAsync(another))!.Host.State);
        Assert.False(looking.IsCompleted);
        silence.SetResult(false);
        await looking;
        Assert.Equal(HostState.Failed, (await _hub.FindAsync(ids[^1]))!.Host.State);
    }

    [Fact]
    public async Task A_host_whose_driver_breaks_spoils_no_other()
    {
        await StartAsync("act_1");
        await HandleAsync("act_1");
        var broken = await _hub.AddAsync("broken");
        await _hub.WriteAsync(t => _hosts.OrderStartAsync(t, broken, HostSize.Small, "act_2", CancellationToken.None));
        await _keeper.HandleAsync(HostKeeper.OrderOf(broken, "act_2"), CancellationToken.None);
        foreach (var id in (string[])[_id, broken])
        {
            _driver.Silent.Clear();
            _driver.Silent[id] = Task.FromException<bool>(new InvalidOperationException("no right to look"));
            _hub.Time.Advance(TimeSpan.FromMinutes(1));
            await _keeper.LookAsync(CancellationToken.None);
            Assert.Equal(_hub.Time.GetUtcNow(), await SeenAsync(id == _id ? broken : _id));
        }
    }

    [Theory, InlineData(WorkspaceState.Archived), InlineData(WorkspaceState.Trashed)]
    public async Task A_host_that_stops_in_a_workspace_put_away_is_ended_and_on_the_record(string state)
    {
        await StartAsync("act_1");
        await HandleAsync("act_1");
        Assert.False(await MoveAsync(state));
        await StopAsync("act_2");
        Assert.True(await MoveAsync(state));
        Assert.False(await _hub.WriteAsync(t => _hub.Workspaces.PurgeAsync(t, _id, CancellationToken.None)));
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(HostState.Off, (await HostAsync()).State);
        Assert.Empty(_driver.Running);
        Assert.Equal(("workspace.stop_host", "act_2", "off"), (_audit.Entries[^1].Tool, _audit.Entries[^1].ActionId, (string?)_audit.Entries[^1].Data["host"]));
        Assert.Equal(state == WorkspaceState.Trashed, await _hub.WriteAsync(t => _hub.Workspaces.PurgeAsync(t, _id, CancellationToken.None)));
    }

    private Task<bool> MoveAsync(string state) => _hub.WriteAsync(t => _hub.Workspaces.MoveAsync(t, _id, WorkspaceState.Active, state, null, CancellationToken.None));

    private async Task<DateTimeOffset?> SeenAsync(string id)
    {
        await using var reader = await _hub.Database.ReadAsync(CancellationToken.None);
        return (await _hosts.FindAsync(reader, id, CancellationToken.None))!.SeenAt;
    }

    private HostKeeper KeeperOf(string node) => new(_hub.Database, _hosts, _driver, new HostNode(node), _audit, _hub.Time, NullLogger<HostKeeper>.Instance);

    private Task HandleAsync(string action) => _keeper.HandleAsync(HostKeeper.OrderOf(_id, action), CancellationToken.None);

    private Task<bool> StartAsync(string action) => _hub.WriteAsync(t => _hosts.OrderStartAsync(t, _id, HostSize.Small, action, CancellationToken.None));

    private Task<bool> StopAsync(string action) => _hub.WriteAsync(t => _hosts.OrderStopAsync(t, _id, action, CancellationToken.None));

    private async Task<WorkspaceHost> HostAsync() => (await _hub.FindAsync(_id))!.Host;
}

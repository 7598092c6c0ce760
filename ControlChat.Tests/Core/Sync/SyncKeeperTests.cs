using ControlChat.Core.Sync;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Sync;

/// <summary>What becomes of an approved run, on both databases; the transfer is told what to do by the test.</summary>
public abstract class SyncKeeperTests(TestStore store) : IAsyncLifetime
{
    private static readonly SyncDifference Approved = new([new SyncChange("create", "a", 1, ">f 1"), new SyncChange("delete", "b", 0, "")], 2);
    private readonly RecordedAudit _audit = new();
    private readonly SyncConfigStore _configs = new();
    private readonly SyncRunStore _runs = new();
    private readonly FakeTransfer _transfer = new(Approved);
    private readonly List<SyncKeeper> _keepers = [];
    private WorkspaceHub _hub = null!;
    private SyncKeeper _keeper = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync(store);
        _id = await _hub.AddAsync("w");
        Directory.CreateDirectory(Path.Combine(_hub.Settings.Paths.WorkspacesRoot, _id));
        _keeper = KeeperOf("local");
        await ConfigureAsync("ssh://files.example/srv");
        _hub.Settings.Current = new() { Sync = new() { Hosts = ["files.example"] } };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var keeper in _keepers)
        {
            await keeper.StopAsync(CancellationToken.None);
            keeper.Dispose();
        }
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_run_is_done_once_and_is_on_the_record_once()
    {
        await OrderAsync("act_1");
        await _keeper.HandleAsync("act_1", CancellationToken.None);
        await _keeper.HandleAsync("act_1", CancellationToken.None);
        await _keeper.IdleAsync();
        await _keeper.HandleAsync("act_1", CancellationToken.None);
        await _keeper.LookAsync(CancellationToken.None);
        await _keeper.IdleAsync();
        var run = await RunAsync();
        Assert.Equal((SyncState.Completed, 1L, 100L, null), (run.State, run.Files, run.Percent, run.LastError));
        Assert.Equal("""{"create":1,"update":0,"delete":1,"bytes":1,"skipped":2,"as_approved":true}""", run.LastResult);
        Assert.Equal(1, _transfer.Done);
        var entry = Assert.Single(_audit.Entries);
        Assert.Equal(("tool.applied", "completed", "sync.run", "act_1", _id, "system"), (entry.Event, entry.Outcome, entry.Tool, entry.ActionId, entry.WorkspaceId, entry.Actor.Via));
    }

    [Fact]
    public async Task What_differs_from_the_approved_moves_nothing_and_says_to_ask_again()
    {
        await OrderAsync("act_1");
        _transfer.Difference = new([new SyncChange("create", "a", 2, ">f 1")], 0);
        await HandleAsync("act_1");
        var run = await RunAsync();
        Assert.Equal((SyncState.Failed, 0), (run.State, _transfer.Done));
        Assert.Contains("Nothing was moved; ask for sync.run again", run.LastError, StringComparison.Ordinal);
        var entry = Assert.Single(_audit.Entries);
        Assert.Equal(("tool.failed", "failed", "act_1", run.LastError), (entry.Event, entry.Outcome, entry.ActionId, (string?)entry.Data["error"]));
    }

    [Fact]
    public async Task A_configuration_or_a_rule_that_changed_meanwhile_moves_nothing()
    {
        await OrderAsync("act_1");
        await ConfigureAsync("ssh://files.example/elsewhere");
        await HandleAsync("act_1");
        Assert.Contains("configured anew", (await RunAsync()).LastError, StringComparison.Ordinal);
        await OrderAsync("act_2");
        _hub.Settings.Current = new();
        await HandleAsync("act_2");
        Assert.Contains("Sync:Hosts", (await RunAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(0, _transfer.Done);
    }

    [Fact]
    public async Task One_run_at_a_time_of_a_workspace()
    {
        await OrderAsync("act_1");
        Assert.False(await _hub.WriteAsync(t => _runs.OrderAsync(t, _id, "act_2", 1, Approved.Digest, CancellationToken.None)));
        await HandleAsync("act_1");
        await OrderAsync("act_2");
        Assert.Equal(("act_2", SyncState.Queued, null), ((await RunAsync()).ActionId, (await RunAsync()).State, (await RunAsync()).LastResult));
    }

    [Fact]
    public async Task How_far_it_is_shows_and_cancelling_stops_it()
    {
        _transfer.Hold = new TaskCompletionSource();
        await OrderAsync("act_1");
        await _keeper.HandleAsync("act_1", CancellationToken.None);
        await _transfer.Running.Task.WaitAsync(TimeSpan.FromMinutes(1));
        _transfer.Progress!(new SyncProgress(3, 400, 40));
        _transfer.Progress(new SyncProgress(4, -1, -1));
        await TickUntilAsync(async () => (await RunAsync()) is { Files: 4, Bytes: 400, Percent: 40, State: SyncState.Running });
        Assert.True(await _hub.WriteAsync(t => _runs.CancelAsync(t, "act_1", "acc_1", CancellationToken.None)));
        await TickUntilAsync(async () => (await RunAsync()).State == SyncState.Cancelled);
        Assert.True(_transfer.WasCancelled);
        Assert.Equal(("tool.failed", "cancelled"), (_audit.Entries.Single().Event, _audit.Entries[0].Outcome));
    }

    [Fact]
    public async Task A_broken_transfer_says_why_and_leaves_room_for_the_next()
    {
        _transfer.Fault = new SyncFailedException("The disk there is full.");
        await OrderAsync("act_1");
        await HandleAsync("act_1");
        Assert.Equal("The disk there is full.", (await RunAsync()).LastError);
        (_transfer.Fault, _transfer.Difference) = (new InvalidOperationException("a bug"), Approved);
        await OrderAsync("act_2");
        await HandleAsync("act_2");
        Assert.DoesNotContain("a bug", (await RunAsync()).LastError, StringComparison.Ordinal);
        _transfer.Fault = null;
        await OrderAsync("act_3");
        await HandleAsync("act_3");
        Assert.Equal(SyncState.Completed, (await RunAsync()).State);
    }

    [Fact]
    public async Task A_run_in_the_middle_of_which_the_hub_was_killed_is_ended_after_the_start()
    {
        await OrderAsync("act_1");
        await _hub.WriteAsync(async t => await _runs.ClaimAsync(t, "act_1", "local", CancellationToken.None) && await _runs.BeginAsync(t, "act_1", "local", CancellationToken.None));
        await _keeper.StartAsync(CancellationToken.None);
        await TickUntilAsync(async () => (await RunAsync()).State == SyncState.Failed);
        Assert.Contains("stopped in the middle", (await RunAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["act_1"], _transfer.Leftovers);
        Assert.Equal(0, _transfer.Done);
        Assert.Equal("act_1", Assert.Single(_audit.Entries).ActionId);
    }

    [Fact]
    public async Task A_run_that_only_waited_when_the_hub_was_killed_is_taken_up()
    {
        await OrderAsync("act_1");
        await _hub.WriteAsync(t => _runs.ClaimAsync(t, "act_1", "local", CancellationToken.None));
        await _keeper.LookAsync(CancellationToken.None);
        await _keeper.IdleAsync();
        Assert.Equal(SyncState.Completed, (await RunAsync()).State);
    }

    [Fact]
    public async Task A_run_whose_announcement_was_lost_is_taken_up_later()
    {
        await OrderAsync("act_1");
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal((SyncState.Queued, null), ((await RunAsync()).State, (await RunAsync()).Node));
        _hub.Time.Advance(TimeSpan.FromSeconds(31));
        await _keeper.LookAsync(CancellationToken.None);
        await _keeper.IdleAsync();
        Assert.Equal(SyncState.Completed, (await RunAsync()).State);
    }

    [Fact]
    public async Task A_run_in_the_middle_of_which_the_hub_is_stopped_is_ended_at_once()
    {
        _transfer.Hold = new TaskCompletionSource();
        await OrderAsync("act_1");
        await _keeper.HandleAsync("act_1", CancellationToken.None);
        await _transfer.Running.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await _keeper.StopAsync(CancellationToken.None);
        Assert.True(_transfer.WasCancelled);
        Assert.Equal(SyncState.Failed, (await RunAsync()).State);
    }

    [Fact]
    public async Task Another_process_of_the_hub_lets_a_run_be_until_its_own_is_gone_for_long()
    {
        await OrderAsync("act_1");
        await _hub.WriteAsync(async t => await _runs.ClaimAsync(t, "act_1", "local", CancellationToken.None) && await _runs.BeginAsync(t, "act_1", "local", CancellationToken.None));
        var other = KeeperOf("other");
        await other.HandleAsync("act_1", CancellationToken.None);
        await other.LookAsync(CancellationToken.None);
        Assert.Equal((SyncState.Running, "local"), ((await RunAsync()).State, (await RunAsync()).Node));
        _hub.Time.Advance(SyncKeeper.Patience + TimeSpan.FromSeconds(1));
        await other.LookAsync(CancellationToken.None);
        Assert.Equal(SyncState.Failed, (await RunAsync()).State);
        // The first one was only slow: what it wants to say comes too late.
        Assert.Equal(0, await _hub.WriteAsync(t => _runs.SeeAsync(t, "act_1", "local", new SyncProgress(1, 1, 1), CancellationToken.None)));
    }

    [Fact]
    public async Task For_how_long_it_was_not_seen_goes_by_the_databases_clock_not_by_that_of_who_looks()
    {
        await OrderAsync("act_1");
        await _hub.WriteAsync(async t => await _runs.ClaimAsync(t, "act_1", "local", CancellationToken.None) && await _runs.BeginAsync(t, "act_1", "local", CancellationToken.None));
        var ahead = new FakeTime(_hub.Time.GetUtcNow() + TimeSpan.FromHours(1));
        await KeeperOf("other", ahead).LookAsync(CancellationToken.None);
        Assert.Equal(SyncState.Running, (await RunAsync()).State);
    }

    [Fact]
    public async Task A_run_that_waits_for_room_can_be_cancelled_and_is_not_taken_for_gone()
    {
        _transfer.Hold = new TaskCompletionSource();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var id = await _hub.AddAsync($"w{i}");
            Directory.CreateDirectory(Path.Combine(_hub.Settings.Paths.WorkspacesRoot, id));
            await ConfigureAsync("ssh://files.example/srv", id);
            await OrderAsync($"act_{i}", id);
            await _keeper.HandleAsync($"act_{i}", CancellationToken.None);
            ids.Add(id);
        }
        await Waiting.UntilAsync(async () => (await StatesAsync(ids)).Count(s => s == SyncState.Running) == 2, TimeSpan.FromMinutes(1));
        var waits = ids[(await StatesAsync(ids)).ToList().IndexOf(SyncState.Queued)];
        _hub.Time.Advance(SyncKeeper.Patience + TimeSpan.FromSeconds(1));
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(_hub.Time.GetUtcNow(), (await RunAsync(waits)).SeenAt);
        await _hub.WriteAsync(async t => await _runs.CancelAsync(t, (await _runs.FindAsync(t, waits, CancellationToken.None))!.ActionId, "acc_1", CancellationToken.None));
        await _keeper.LookAsync(CancellationToken.None);
        Assert.Equal(SyncState.Cancelled, (await RunAsync(waits)).State);
    }

    private SyncKeeper KeeperOf(string node, TimeProvider? time = null)
    {
        var keeper = new SyncKeeper(_hub.Database, _configs, _runs, new SyncRules(_hub.Settings), _transfer, new SyncNode(node), _audit, time ?? _hub.Time, NullLogger<SyncKeeper>.Instance);
        _keepers.Add(keeper);
        return keeper;
    }

    private async Task HandleAsync(string action)
    {
        await _keeper.HandleAsync(action, CancellationToken.None);
        await _keeper.IdleAsync();
    }

    // The clock of these tests stands still; each look moves it on, as far as whoever waits for it has come.
    private Task TickUntilAsync(Func<Task<bool>> condition) => Waiting.UntilAsync(async () =>
    {
        _hub.Time.Advance(TimeSpan.FromSeconds(1));
        return await condition();
    }, TimeSpan.FromMinutes(1));

    private Task<bool> ConfigureAsync(string remote, string? id = null) => _hub.WriteAsync(async t =>
    {
        await _configs.PutAsync(t, id ?? _id, new SyncConfig(SyncRemote.Parse(remote)!, SyncDirection.Push, [], new HostKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAA"), null), CancellationToken.None);
        return true;
    });

    private async Task OrderAsync(string action, string? id = null) => Assert.True(await _hub.WriteAsync(async t =>
        await _runs.OrderAsync(t, id ?? _id, action, await _configs.VersionAsync(t, id ?? _id, CancellationToken.None), Approved.Digest, CancellationToken.None)));

    private async Task<SyncRun> RunAsync(string? id = null) => (await _hub.ReadAsync(r => _runs.FindAsync(r, id ?? _id, CancellationToken.None)))!;

    private async Task<IReadOnlyList<string>> StatesAsync(IEnumerable<string> ids)
    {
        var states = new List<string>();
        foreach (var id in ids) states.Add((await RunAsync(id)).State);
        return states;
    }
}

public sealed class SyncKeeperOnSqliteTests() : SyncKeeperTests(TestStore.Sqlite);

public sealed class SyncKeeperOnPostgresTests() : SyncKeeperTests(TestStore.Postgres);

using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Bus;

/// <summary>Two processes on one database, each with a clock of its own; the database has the real one, which alone decides.</summary>
public sealed class OutboxNodesTests : IAsyncLifetime
{
    private const string Topic = "workspace.directory";
    private readonly FakeTime _clockOfOne = new();

    // A day ahead: what its clock says must not matter.
    private readonly FakeTime _clockOfTwo = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly Handler _one = new();
    private readonly Handler _two = new();
    private StoredRows _rows = null!;
    private HubDatabase _first = null!;
    private HubDatabase _second = null!;
    private Outbox _outboxOfOne = null!;
    private Outbox _outboxOfTwo = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = await TestStore.Postgres.NewAsync();
        (_first, _second) = (_rows.Open(TimeProvider.System), _rows.Open(TimeProvider.System));
        await _first.MigrateAsync(default);
        await _second.MigrateAsync(default);
        _outboxOfOne = new Outbox(_first, new NoBus(), [_one], _clockOfOne, NullLogger<Outbox>.Instance);
        _outboxOfTwo = new Outbox(_second, new NoBus(), [_two], _clockOfTwo, NullLogger<Outbox>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _outboxOfOne.StopAsync(default);
        await _outboxOfTwo.StopAsync(default);
        _outboxOfOne.Dispose();
        _outboxOfTwo.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _rows.DisposeAsync();
    }

    [Fact]
    public async Task What_a_process_that_died_after_its_commit_did_not_do_another_one_does()
    {
        await _outboxOfTwo.StartAsync(default);
        // The first one never gets as far as its outbox.
        await AnnounceAsync("ws_1");

        await TwoTakesAsync(1);

        Assert.Empty(_one.Handled);
        await Waiting.UntilAsync(async () => await RowsAsync() == 0);
    }

    [Fact]
    public async Task What_a_process_is_slow_at_stays_its_own_while_it_gives_signs()
    {
        _one.Gate = new TaskCompletionSource();
        await _outboxOfOne.StartAsync(default);
        await _outboxOfTwo.StartAsync(default);
        await AnnounceAsync("ws_1");
        await Waiting.UntilAsync(() => _one.Begun == 1);

        // Longer than the first moment lasts without a sign: the claim was renewed.
        await Waiting.UntilAsync(async () =>
        {
            _clockOfOne.Advance(TimeSpan.FromSeconds(1));
            _clockOfTwo.Advance(TimeSpan.FromSeconds(1));
            return await LeftAsync() > Announcement.OwnTime;
        });
        Assert.Equal(0, _two.Begun);
        _one.Gate.SetResult();

        await Waiting.UntilAsync(async () => await RowsAsync() == 0);
        Assert.Equal(["ws_1"], _one.Handled);
        Assert.Empty(_two.Handled);
    }

    [Fact]
    public async Task Who_stood_still_longer_than_its_claim_does_nothing_more_of_what_it_held()
    {
        _one.Gate = new TaskCompletionSource();
        await _outboxOfOne.StartAsync(default);
        await _outboxOfTwo.StartAsync(default);
        await AnnounceAsync("ws_1");
        await AnnounceAsync("ws_2");
        await Waiting.UntilAsync(() => _one.Begun == 1);

        await TwoTakesAsync(2);
        _clockOfOne.Sleep(TimeSpan.FromSeconds(30));
        _one.Gate.SetResult();
        await AnnounceAsync("ws_3");

        // What was begun before comes to its end, which is why handlers are idempotent; what was only held is let go.
        await Waiting.UntilAsync(() => _one.Handled.Contains("ws_3"));
        Assert.Equal(["ws_1", "ws_3"], _one.Handled);
        Assert.Equal(["ws_1", "ws_2"], _two.Handled.Order());
        await Waiting.UntilAsync(async () => await RowsAsync() == 0);
    }

    [Fact]
    public async Task A_failure_of_who_lost_the_claim_changes_nothing()
    {
        _one.Gate = new TaskCompletionSource();
        _two.Gate = new TaskCompletionSource();
        await _outboxOfOne.StartAsync(default);
        await _outboxOfTwo.StartAsync(default);
        await AnnounceAsync("ws_1");
        await Waiting.UntilAsync(() => _one.Begun == 1);
        await Waiting.UntilAsync(() => { _clockOfTwo.Advance(TimeSpan.FromSeconds(1)); return _two.Begun == 1; });

        _one.Gate.SetException(new InvalidOperationException("too late"));
        await AnnounceAsync("ws_2", through: _first);
        await Waiting.UntilAsync(() => _one.Begun == 2);
        await using (var reader = await _first.ReadAsync(default))
            Assert.Equal(0, await reader.FindAsync<int>("select attempts from outbox where ref_id = 'ws_1'", null, default));
        _two.Gate.SetResult();

        await Waiting.UntilAsync(() => _two.Handled.Contains("ws_1"));
    }

    private async Task TwoTakesAsync(int count) =>
        await Waiting.UntilAsync(() => { _clockOfTwo.Advance(TimeSpan.FromSeconds(1)); return _two.Handled.Count == count; });

    private async Task AnnounceAsync(string id, HubDatabase? through = null)
    {
        await using var transaction = await (through ?? _first).BeginAsync(default);
        await transaction.AnnounceAsync(Topic, id, default);
        await transaction.CommitAsync(default);
    }

    private async Task<long> RowsAsync()
    {
        await using var reader = await _first.ReadAsync(default);
        return await reader.FindAsync<long>("select count(*) from outbox", null, default);
    }

    private async Task<TimeSpan> LeftAsync()
    {
        await using var reader = await _first.ReadAsync(default);
        return Timestamps.Parse((await reader.FindAsync<string>("select next_at from outbox", null, default))!) - reader.Now;
    }

    private sealed class Handler : IOutboxHandler
    {
        private int _begun;

        public string Topic => OutboxNodesTests.Topic;

        public ConcurrentQueue<string> Handled { get; } = new();

        public int Begun => Volatile.Read(ref _begun);

        public TaskCompletionSource? Gate { get; set; }

        public async Task HandleAsync(string id, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _begun);
            if (Gate is not null) await Gate.Task.WaitAsync(cancellationToken);
            Handled.Enqueue(id);
        }
    }

    /// <summary>Nothing here goes to a bus.</summary>
    private sealed class NoBus : IBus
    {
        public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(true);
    }
}

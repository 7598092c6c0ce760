using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Bus;

public abstract class OutboxTests(TestStore store) : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(90));

    public void Dispose() => _end.Dispose();

    [Fact]
    public async Task An_announcement_reaches_its_handler_after_the_commit_and_its_row_goes()
    {
        var handler = new Handler("workspace.directory");
        await using var hub = await CoreHub.OpenAsync(store, _time, handler);
        await hub.StartAsync();
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        await Waiting.UntilAsync(() => handler.Handled.Count == 1);
        Assert.Equal(["ws_1"], handler.Handled);
        await Waiting.UntilAsync(async () => await RowsAsync(hub) == 0);
    }

    [Fact]
    public async Task What_is_rolled_back_is_never_announced()
    {
        var handler = new Handler("workspace.directory");
        await using var hub = await CoreHub.OpenAsync(store, _time, handler);
        await hub.StartAsync();
        await using (var transaction = await hub.Database.BeginAsync(default)) await transaction.AnnounceAsync("workspace.directory", "ws_1", default);
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_2", default));
        await Waiting.UntilAsync(() => handler.Handled.Count == 1);
        Assert.Equal(["ws_2"], handler.Handled);
    }

    [Fact]
    public async Task A_topic_without_a_handler_goes_to_the_bus_with_the_id_as_payload()
    {
        await using var hub = await CoreHub.OpenAsync(store, _time);
        await hub.StartAsync();
        await hub.WriteAsync(t => t.AnnounceAsync("chat:control-agent", "run_1", default));
        var tail = hub.Bus.TailAsync("chat:control-agent", IBus.Oldest, _end.Token).GetAsyncEnumerator(_end.Token);
        await tail.MoveNextAsync();
        Assert.Equal("""{"id":"run_1"}""", tail.Current.Message.Payload);
        await Waiting.UntilAsync(async () => await RowsAsync(hub) == 0);
    }

    [Fact]
    public async Task A_hint_reaches_the_bus_without_a_row()
    {
        await using var hub = await CoreHub.OpenAsync(store, _time);
        var tail = hub.Bus.TailAsync("stream:conv_1", null, _end.Token).GetAsyncEnumerator(_end.Token);
        await hub.WriteAsync(t => { t.Hint("stream:conv_1", "conv_1"); return Task.CompletedTask; });
        await tail.MoveNextAsync();
        Assert.Equal("""{"id":"conv_1"}""", tail.Current.Message.Payload);
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_swept_on_start()
    {
        await using var rows = await store.NewAsync();
        await using (var before = await CoreHub.ReopenAsync(rows, _time))
        {
            // Never started: as if killed right after the commit.
            await before.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        }
        var handler = new Handler("workspace.directory");
        await using var hub = await CoreHub.ReopenAsync(rows, _time, handler);
        await hub.StartAsync();
        // On PostgreSQL another process could still be at it for a moment.
        await Waiting.UntilAsync(() => { if (!hub.Database.IsOneProcess) _time.Advance(TimeSpan.FromSeconds(1)); return handler.Handled.Count == 1; });
    }

    [Fact]
    public async Task A_handler_that_throws_is_tried_again_later()
    {
        var handler = new Handler("workspace.directory") { Failures = 2 };
        await using var hub = await CoreHub.OpenAsync(store, _time, handler);
        await hub.StartAsync();
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        await Waiting.UntilAsync(() => handler.Tries >= 1);
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromSeconds(5)); return handler.Handled.Count == 1; });
        Assert.Equal(3, handler.Tries);
        await Waiting.UntilAsync(async () => await RowsAsync(hub) == 0);
    }

    [Fact]
    public async Task What_fails_too_often_is_buried_where_a_person_can_see_it()
    {
        var handler = new Handler("workspace.directory") { Failures = int.MaxValue };
        await using var hub = await CoreHub.OpenAsync(store, _time, handler);
        await hub.StartAsync();
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        await Waiting.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            return await hub.ReadAsync<long>("select count(*) from dead_letters where ref_id = 'ws_1' and attempts = 8") == 1;
        });
        Assert.Equal(0, await RowsAsync(hub));
    }

    [Fact]
    public async Task A_slow_handler_holds_up_no_other_topic()
    {
        var slow = new Handler("slow") { Gate = new TaskCompletionSource() };
        var quick = new Handler("quick");
        await using var hub = await CoreHub.OpenAsync(store, _time, slow, quick);
        await hub.StartAsync();
        await hub.WriteAsync(async t =>
        {
            await t.AnnounceAsync("slow", "1", default);
            await t.AnnounceAsync("quick", "2", default);
        });
        await Waiting.UntilAsync(() => quick.Handled.Count == 1);
        Assert.Empty(slow.Handled);
        slow.Gate.SetResult();
        await Waiting.UntilAsync(() => slow.Handled.Count == 1);
    }

    [Fact]
    public async Task While_the_bus_is_away_announcements_wait_and_hints_come_late_however_long_that_takes()
    {
        await using var hub = await CoreHub.OpenAsync(store, _time);
        var bus = new AbsentBus();
        using var outbox = new Outbox(hub.Database, bus, [], _time, NullLogger<Outbox>.Instance);
        await outbox.StartAsync(default);
        await hub.WriteAsync(async t =>
        {
            await t.AnnounceAsync("chat:control-agent", "run_1", default);
            t.Hint("stream:conv_1", "conv_1");
        });
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromMinutes(5)); return bus.Refused > Outbox.MaxAttempts * 2; });
        Assert.Equal((1L, 0L), (await RowsAsync(hub), await hub.ReadAsync<long>("select count(*) from dead_letters")));
        bus.Serves = true;
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromSeconds(1)); return bus.Taken.Count == 2; });
        Assert.Equal(["chat:control-agent", "stream:conv_1"], bus.Taken.Order());
        await Waiting.UntilAsync(async () => await RowsAsync(hub) == 0);
        await outbox.StopAsync(default);
    }

    [Fact]
    public async Task A_failing_row_that_somebody_else_is_done_with_is_tried_no_more()
    {
        var handler = new Handler("workspace.directory") { Failures = int.MaxValue };
        await using var hub = await CoreHub.OpenAsync(store, _time, handler);
        await hub.StartAsync();
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        await Waiting.UntilAsync(async () => await hub.ReadAsync<long>("select count(*) from outbox where attempts >= 1") == 1);
        await hub.WriteAsync(t => t.ExecuteAsync("delete from outbox", null, default));
        // At most the one try that was ahead already; then another row of the topic is tried three times, and this one never.
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_2", default));
        await Waiting.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return await hub.ReadAsync<long>("select count(*) from outbox where attempts >= 4") == 1;
        });
        Assert.InRange(handler.TriesOf("ws_1"), 1, 2);
    }

    [Fact]
    public async Task A_handler_goes_on_with_the_next_row_when_its_failure_could_not_be_written_down()
    {
        var handler = new Handler("workspace.directory") { Failures = 1 };
        await using var hub = await CoreHub.OpenAsync(store, _time);
        var faults = 1;
        var database = new FaultyDatabase(hub.Database) { OnBegin = () => Interlocked.Decrement(ref faults) == 0 ? new InvalidOperationException("no right to do that") : null };
        using var outbox = new Outbox(database, hub.Bus, [handler], _time, NullLogger<Outbox>.Instance);
        await outbox.StartAsync(default);
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_1", default));
        await Waiting.UntilAsync(() => Volatile.Read(ref faults) <= 0);
        await hub.WriteAsync(t => t.AnnounceAsync("workspace.directory", "ws_2", default));
        await Waiting.UntilAsync(() => handler.Handled.Contains("ws_2"));
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromSeconds(1)); return handler.Handled.Contains("ws_1"); });
        await Waiting.UntilAsync(async () => await RowsAsync(hub) == 0);
        await outbox.StopAsync(default);
    }

    private static Task<long> RowsAsync(CoreHub hub) => hub.ReadAsync<long>("select count(*) from outbox");

    private sealed class AbsentBus : IBus
    {
        private int _refused;

        public bool Serves { get; set; }

        public int Refused => _refused;

        public ConcurrentQueue<string> Taken { get; } = new();

        public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken)
        {
            if (Serves) Taken.Enqueue(topic);
            else Interlocked.Increment(ref _refused);
            return Serves ? Task.FromResult("1") : Task.FromException<string>(new HubUnavailableException("away", new TimeoutException()));
        }

        public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(Serves);
    }

    private sealed class Handler(string topic) : IOutboxHandler
    {
        public string Topic { get; } = topic;

        public ConcurrentQueue<string> Handled { get; } = new();

        public int Tries { get; private set; }

        private readonly ConcurrentQueue<string> _tried = new();

        public int TriesOf(string id) => _tried.Count(t => t == id);

        public int Failures { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public async Task HandleAsync(string id, CancellationToken cancellationToken)
        {
            Tries++;
            _tried.Enqueue(id);
            if (Gate is not null) await Gate.Task.WaitAsync(cancellationToken);
            if (Tries <= Failures) throw new InvalidOperationException("not yet");
            Handled.Enqueue(id);
        }
    }
}

public sealed class OutboxOnSqliteTests() : OutboxTests(TestStore.Sqlite);

public sealed class OutboxOnPostgresTests() : OutboxTests(TestStore.Postgres);

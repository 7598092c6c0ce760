using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus;

/// <summary>What every bus does, whatever it is made of.</summary>
public abstract class BusContract : IAsyncLifetime
{
    private const string Kept = "chat:agent";
    private const string Live = "stream:conv_1";
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(90));

    protected IBus Bus { get; private set; } = null!;

    protected CancellationToken End => _end.Token;

    public async ValueTask InitializeAsync() => Bus = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await CloseAsync();
        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IBus> OpenAsync();

    protected abstract Task CloseAsync();

    /// <summary>The bus after its process was killed and started again.</summary>
    protected abstract Task<IBus> RestartAsync();

    /// <summary>Lets the time of retries pass.</summary>
    protected abstract void Pass(TimeSpan time);

    [Theory]
    [InlineData(Kept)]
    [InlineData(Live)]
    public async Task A_tail_from_the_oldest_gets_everything_in_order_and_then_what_comes(string topic)
    {
        for (var i = 0; i < 3; i++) await AppendAsync(topic, i);
        var tail = Bus.TailAsync(topic, IBus.Oldest, End).GetAsyncEnumerator(End);
        var seen = await TakeAsync(tail, 3);
        await AppendAsync(topic, 3);
        seen.AddRange(await TakeAsync(tail, 1));
        Assert.Equal(["0", "1", "2", "3"], seen.Select(e => e.Message.Payload));
    }

    [Fact]
    public async Task A_live_tail_from_now_begins_when_it_is_asked_for_not_when_it_is_read()
    {
        await AppendAsync(Live, 0);
        var tail = Bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        await AppendAsync(Live, 1);
        Assert.Equal("1", (await TakeAsync(tail, 1))[0].Message.Payload);
    }

    [Theory]
    [InlineData(Kept)]
    [InlineData(Live)]
    public async Task A_cursor_goes_on_after_the_entry_it_names(string topic)
    {
        await AppendAsync(topic, 0);
        var second = await AppendAsync(topic, 1);
        await AppendAsync(topic, 2);
        var tail = Bus.TailAsync(topic, second, End).GetAsyncEnumerator(End);
        Assert.Equal("2", (await TakeAsync(tail, 1))[0].Message.Payload);
    }

    [Theory]
    [InlineData(Kept)]
    [InlineData(Live)]
    public async Task A_cursor_may_be_the_id_of_a_message_of_ones_own(string topic)
    {
        await AppendAsync(topic, 0);
        var mine = BusMessage.New("1");
        await Bus.AppendAsync(topic, mine, End);
        await AppendAsync(topic, 2);
        var tail = Bus.TailAsync(topic, mine.Id.ToString("d"), End).GetAsyncEnumerator(End);
        Assert.Equal("2", (await TakeAsync(tail, 1))[0].Message.Payload);
        var unknown = Bus.TailAsync(topic, Guid.NewGuid().ToString("d"), End).GetAsyncEnumerator(End);
        await Assert.ThrowsAsync<BusGapException>(async () => await TakeAsync(unknown, 1));
    }

    [Fact]
    public async Task What_is_posted_without_waiting_comes_in_order_and_before_what_is_appended_after_it()
    {
        var tail = Bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        for (var i = 0; i < 1000; i++) await Bus.PostAsync(Live, BusMessage.New($"{i}"), End);
        await AppendAsync(Live, 1000);
        Assert.Equal(Enumerable.Range(0, 1001).Select(i => $"{i}"), (await TakeAsync(tail, 1001)).Select(e => e.Message.Payload));
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_is_told_of_the_gap()
    {
        await AppendAsync(Live, 0);
        var tail = Bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        for (var i = 0; i < 10_000; i++) await Bus.PostAsync(Live, BusMessage.New($"{i}"), End);
        await AppendAsync(Live, 10_000);
        await Assert.ThrowsAsync<BusGapException>(async () => await TakeAsync(tail, 10_000));
    }

    [Fact]
    public async Task Many_readers_of_a_busy_topic_lose_nothing()
    {
        const int readers = 20, entries = 500;
        var tails = Enumerable.Range(0, readers).Select(_ => Bus.TailAsync(Live, null, End).GetAsyncEnumerator(End)).ToList();
        var reading = tails.Select(tail => Task.Run(() => TakeAsync(tail, entries), End)).ToList();
        for (var i = 0; i < entries; i++)
        {
            await AppendAsync(Live, i);
            if (i % 7 == 0) await Task.Yield();
        }
        var expected = Enumerable.Range(0, entries).Select(i => $"{i}").ToList();
        foreach (var seen in await Task.WhenAll(reading)) Assert.Equal(expected, seen.Select(e => e.Message.Payload));
    }

    [Fact]
    public async Task A_group_gets_each_entry_once_over_all_its_consumers()
    {
        var seen = new ConcurrentQueue<string>();
        foreach (var consumer in new[] { "a", "b", "c" }) _ = ConsumeAsync(consumer, (e, _) => { seen.Enqueue(e.Message.Payload); return Task.CompletedTask; });
        for (var i = 0; i < 50; i++) await AppendAsync(Kept, i);
        await Waiting.UntilAsync(() => seen.Count == 50);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}").Order(), seen.Order());
    }

    [Fact]
    public async Task Two_groups_both_get_everything()
    {
        int first = 0, second = 0;
        _ = Bus.ConsumeAsync(Kept, "one", "a", (_, _) => { Interlocked.Increment(ref first); return Task.CompletedTask; }, End);
        _ = Bus.ConsumeAsync(Kept, "two", "a", (_, _) => { Interlocked.Increment(ref second); return Task.CompletedTask; }, End);
        for (var i = 0; i < 10; i++) await AppendAsync(Kept, i);
        await Waiting.UntilAsync(() => first == 10 && second == 10);
    }

    [Fact]
    public async Task What_a_handler_refuses_comes_again_and_then_is_a_dead_letter_that_can_be_replayed()
    {
        var tries = 0;
        var healed = false;
        var done = new ConcurrentQueue<string>();
        _ = ConsumeAsync("a", (e, _) =>
        {
            if (e.Message.Payload != "bad" || healed) done.Enqueue(e.Message.Payload);
            else
            {
                Interlocked.Increment(ref tries);
                throw new InvalidOperationException("no");
            }
            return Task.CompletedTask;
        });
        await Bus.AppendAsync(Kept, BusMessage.New("bad"), End);
        await AppendAsync(Kept, 1);
        await Waiting.UntilAsync(() => done.Count == 1);
        await Waiting.UntilAsync(() => { Pass(TimeSpan.FromMinutes(1)); return tries == IBus.MaxDeliveries; });
        var letter = (await Waiting.ForAsync(async () => await Bus.DeadLettersAsync(Kept, End) is { Count: 1 } letters ? letters : null))[0];
        Assert.Equal([letter], await Bus.DeadLettersAsync(null, End));
        Assert.Equal(1, await Bus.CountDeadLettersAsync(End));
        Assert.Equal(("bad", IBus.MaxDeliveries, "InvalidOperationException: no"), (letter.Message.Payload, letter.Attempts, letter.LastError));
        healed = true;
        Assert.True(await Bus.ReplayAsync(Kept, letter.Group, letter.EntryId, End));
        await Waiting.UntilAsync(() => done.Count == 2);
        Assert.Empty(await Bus.DeadLettersAsync(null, End));
        Assert.Equal(0, await Bus.CountDeadLettersAsync(End));
        Assert.False(await Bus.ReplayAsync(Kept, letter.Group, letter.EntryId, End));
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_after_a_restart()
    {
        var hung = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        _ = ConsumeAsync("a", async (_, token) =>
        {
            begun.TrySetResult();
            await hung.Task.WaitAsync(token);
        });
        await AppendAsync(Kept, 7);
        await begun.Task.WaitAsync(End);
        Bus = await RestartAsync();
        var seen = new ConcurrentQueue<string>();
        _ = ConsumeAsync("a", (e, _) => { seen.Enqueue(e.Message.Payload); return Task.CompletedTask; });
        await Waiting.UntilAsync(() => !seen.IsEmpty);
        Assert.Equal("7", seen.First());
    }

    [Fact]
    public async Task A_failed_delivery_is_counted_over_a_restart()
    {
        var failed = new TaskCompletionSource();
        _ = ConsumeAsync("a", (_, _) =>
        {
            failed.TrySetResult();
            throw new InvalidOperationException("no");
        });
        await AppendAsync(Kept, 7);
        await failed.Task.WaitAsync(End);
        Bus = await RestartAsync();
        var tries = 0;
        _ = ConsumeAsync("a", (_, _) => { tries++; throw new InvalidOperationException("no"); });
        await Waiting.UntilAsync(async () => { Pass(TimeSpan.FromMinutes(1)); return (await Bus.DeadLettersAsync(Kept, End)).Count == 1; });
        Assert.InRange(tries, 1, IBus.MaxDeliveries);
    }

    [Fact]
    public async Task It_says_that_it_serves() => Assert.True(await Bus.IsHealthyAsync(End));

    private Task<string> AppendAsync(string topic, int n) => Bus.AppendAsync(topic, BusMessage.New($"{n}"), End);

    private Task ConsumeAsync(string consumer, Func<BusEntry, CancellationToken, Task> handler) => Bus.ConsumeAsync(Kept, "group", consumer, handler, End);

    private static async Task<List<BusEntry>> TakeAsync(IAsyncEnumerator<BusEntry> tail, int count)
    {
        var taken = new List<BusEntry>();
        while (taken.Count < count && await tail.MoveNextAsync()) taken.Add(tail.Current);
        return taken;
    }
}

using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

[Collection(RedisTurns.Name)]
public sealed class RedisBusTests(RedisServer server) : BusContract
{
    private readonly List<RedisBus> _open = [];

    protected override async Task<IBus> OpenAsync()
    {
        await server.ReadyAsync();
        return await ConnectAsync();
    }

    // A killed process's connection is gone, and what it had taken stays taken.
    protected override async Task<IBus> RestartAsync()
    {
        await _open[^1].DisposeAsync();
        return await ConnectAsync();
    }

    // Back-off is milliseconds here and passes by itself.
    protected override void Pass(TimeSpan time)
    {
    }

    protected override async Task CloseAsync()
    {
        foreach (var bus in _open) await bus.DisposeAsync();
    }

    [Fact]
    public async Task An_entry_is_the_fields_id_and_payload()
    {
        var message = BusMessage.New("""{"id":"run_1"}""");
        await Bus.AppendAsync("chat:agent", message, End);
        var lines = (await server.AskAsync("XRANGE", "chat:agent", "-", "+")).Trim().Split('\n');
        Assert.Equal(["id", message.Id.ToString("d"), "payload", """{"id":"run_1"}"""], lines.Skip(1));
    }

    [Fact]
    public async Task What_a_dead_consumer_had_taken_is_taken_over()
    {
        var begun = new TaskCompletionSource();
        var dead = await ConnectAsync();
        _ = dead.ConsumeAsync("chat:agent", "group", "dead", async (_, _) =>
        {
            begun.TrySetResult();
            await new TaskCompletionSource().Task;
        }, End);
        await Bus.AppendAsync("chat:agent", BusMessage.New("7"), End);
        await begun.Task.WaitAsync(End);
        await dead.DisposeAsync();
        var seen = new TaskCompletionSource<string>();
        _ = Bus.ConsumeAsync("chat:agent", "group", "alive", (e, _) => { seen.TrySetResult(e.Message.Payload); return Task.CompletedTask; }, End);
        Assert.Equal("7", await seen.Task.WaitAsync(End));
    }

    [Fact]
    public async Task A_slow_consumer_that_lives_keeps_what_it_took()
    {
        var (begun, done) = (new TaskCompletionSource(), new TaskCompletionSource());
        var deliveries = 0;
        foreach (var consumer in new[] { "slow", "idle" })
        {
            _ = Bus.ConsumeAsync("chat:agent", "group", consumer, async (e, _) =>
            {
                if (e.Message.Payload == "later") return;
                Interlocked.Increment(ref deliveries);
                begun.TrySetResult();
                await done.Task;
            }, End);
        }
        await Bus.AppendAsync("chat:agent", BusMessage.New("long"), End);
        await begun.Task.WaitAsync(End);
        // Four times the time after which a silent consumer counts as dead.
        var until = TimeProvider.System.GetUtcNow() + (RedisBuses.Quick.TakeOver * 4);
        await Waiting.UntilAsync(() => TimeProvider.System.GetUtcNow() > until);
        done.SetResult();
        await Waiting.UntilAsync(async () => (await server.AskAsync("XPENDING", "chat:agent", "group")).StartsWith('0'));
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task A_message_that_kills_its_consumers_is_a_dead_letter()
    {
        await Bus.AppendAsync("chat:agent", BusMessage.New("poison"), End);
        for (var i = 0; i < IBus.MaxDeliveries; i++)
        {
            var begun = new TaskCompletionSource();
            var victim = await ConnectAsync();
            _ = victim.ConsumeAsync("chat:agent", "group", $"victim-{i}", async (_, _) =>
            {
                begun.TrySetResult();
                await new TaskCompletionSource().Task;
            }, End);
            await begun.Task.WaitAsync(End);
            await victim.DisposeAsync();
        }
        var delivered = false;
        _ = Bus.ConsumeAsync("chat:agent", "group", "survivor", (_, _) => { delivered = true; return Task.CompletedTask; }, End);
        var letter = (await Waiting.ForAsync(async () => await Bus.DeadLettersAsync(null, End) is { Count: 1 } letters ? letters : null))[0];
        Assert.Equal(("chat:agent", "group", "poison", IBus.MaxDeliveries), (letter.Topic, letter.Group, letter.Message.Payload, letter.Attempts));
        Assert.False(delivered);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task When_a_delivery_is_tried_again_goes_by_the_servers_clock_not_by_the_consumers(int wrongBySeconds)
    {
        var begun = new TaskCompletionSource();
        var wrong = await ConnectAsync(RedisBuses.Quick with { FirstBackoff = TimeSpan.FromSeconds(2) }, new SkewedTime(TimeSpan.FromSeconds(wrongBySeconds)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(End);
        var failing = wrong.ConsumeAsync("chat:agent", "group", "wrong", (_, _) => throw new InvalidOperationException("not yet"), stop.Token);
        await Bus.AppendAsync("chat:agent", BusMessage.New("7"), End);
        var retries = RedisKeys.Retries("chat:agent", "group");
        await Waiting.UntilAsync(async () => (await server.AskAsync("ZCARD", retries)).Trim() == "1");
        var due = double.Parse((await server.AskAsync("ZRANGE", retries, "0", "0", "WITHSCORES")).Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture);
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(due, now.AddMinutes(-1).ToUnixTimeMilliseconds(), now.AddMinutes(1).ToUnixTimeMilliseconds());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => failing);
        _ = Bus.ConsumeAsync("chat:agent", "group", "right", (_, _) => { begun.TrySetResult(); return Task.CompletedTask; }, End);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), End);
    }

    [Fact]
    public async Task Entries_that_no_hub_wrote_are_passed_over()
    {
        await server.AskAsync("XADD", "chat:agent", "*", "hello", "world");
        await Bus.AppendAsync("chat:agent", BusMessage.New("7"), End);
        var tail = Bus.TailAsync("chat:agent", IBus.Oldest, End).GetAsyncEnumerator(End);
        await tail.MoveNextAsync();
        Assert.Equal("7", tail.Current.Message.Payload);
        var seen = new TaskCompletionSource<string>();
        _ = Bus.ConsumeAsync("chat:agent", "group", "a", (e, _) => { seen.TrySetResult(e.Message.Payload); return Task.CompletedTask; }, End);
        Assert.Equal("7", await seen.Task.WaitAsync(End));
    }

    [Fact]
    public async Task Old_entries_are_trimmed_but_not_what_a_group_has_not_done()
    {
        var forgetful = await ConnectAsync(RedisBuses.Quick with { KeptAge = TimeSpan.FromMilliseconds(-1000) });
        var first = await forgetful.AppendAsync("chat:agent", BusMessage.New("0"), End);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(End);
        var done = 0;
        var consuming = forgetful.ConsumeAsync("chat:agent", "group", "a", (_, _) => { done++; return Task.CompletedTask; }, stop.Token);
        for (var i = 1; i < 300; i++) await forgetful.AppendAsync("chat:agent", BusMessage.New($"{i}"), End);
        await Waiting.UntilAsync(() => done == 300);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
        for (var i = 300; i < 600; i++) await forgetful.AppendAsync("chat:agent", BusMessage.New($"{i}"), End);
        await forgetful.TrimAsync(End);
        // Redis removes whole nodes of a hundred entries, so a few done ones may stay.
        var oldest = forgetful.TailAsync("chat:agent", IBus.Oldest, End).GetAsyncEnumerator(End);
        await oldest.MoveNextAsync();
        Assert.InRange(int.Parse(oldest.Current.Message.Payload, System.Globalization.CultureInfo.InvariantCulture), 100, 299);
        var behind = forgetful.TailAsync("chat:agent", first, End).GetAsyncEnumerator(End);
        await Assert.ThrowsAsync<BusGapException>(async () => await behind.MoveNextAsync());
    }

    [Fact]
    public async Task From_now_is_the_call_also_on_a_server_that_never_saw_this_hub()
    {
        await server.AskAsync("SCRIPT", "FLUSH");
        var tail = Bus.TailAsync("stream:conv_1", null, End).GetAsyncEnumerator(End);
        await Bus.AppendAsync("stream:conv_1", BusMessage.New("1"), End);
        Assert.True(await tail.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task What_another_node_appends_wakes_a_reader_at_once()
    {
        // Nobody polls here for a minute: only the wake-up can bring it.
        var patient = await ConnectAsync(RedisBuses.Quick with { Poll = TimeSpan.FromMinutes(1) });
        var tail = patient.TailAsync("stream:conv_1", null, End).GetAsyncEnumerator(End);
        var next = tail.MoveNextAsync().AsTask();
        await Waiting.UntilAsync(async () => !(await server.AskAsync("GET", "bus:epoch")).StartsWith("(nil)", StringComparison.Ordinal));
        await Bus.AppendAsync("stream:conv_1", BusMessage.New("1"), End);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private async Task<RedisBus> ConnectAsync(RedisTiming? timing = null, TimeProvider? time = null)
    {
        var bus = RedisBuses.Open(server, timing, time);
        _open.Add(bus);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        return bus;
    }
}

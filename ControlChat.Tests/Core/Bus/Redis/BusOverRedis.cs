using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>A bus that serves over the tests' Redis, for whatever then happens to either; and an end for all of it.</summary>
public abstract class BusOverRedis(RedisServer server) : IAsyncLifetime
{
    protected const string Kept = "chat:agent";
    protected const string Live = "stream:conv_1";
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(90));

    protected RedisServer Server { get; } = server;

    private protected RedisBus Bus { get; private set; } = null!;

    protected CancellationToken End => _end.Token;

    public async ValueTask InitializeAsync()
    {
        await Server.ReadyAsync();
        Bus = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Bus.DisposeAsync();
        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another one that serves.</summary>
    private protected async Task<RedisBus> OpenAsync(RedisTiming? timing = null)
    {
        var bus = RedisBuses.Open(Server, timing);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        return bus;
    }

    /// <summary>Somebody who consumes and somebody who reads: both are at work, and have had the one message <c>before</c>.</summary>
    private protected async Task<(ConcurrentQueue<string> Seen, IAsyncEnumerator<BusEntry> Tail)> BeginAsync(RedisBus bus)
    {
        var seen = new ConcurrentQueue<string>();
        _ = bus.ConsumeAsync(Kept, "group", "a", (e, _) => { seen.Enqueue(e.Message.Payload); return Task.CompletedTask; }, End);
        var tail = bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        await bus.AppendAsync(Live, BusMessage.New("before"), End);
        Assert.True(await tail.MoveNextAsync());
        await bus.AppendAsync(Kept, BusMessage.New("before"), End);
        await Waiting.UntilAsync(() => seen.Count == 1);
        return (seen, tail);
    }
}

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
}

using System.Diagnostics;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>Redis is killed, emptied, stopped in its tracks, or not ours.</summary>
[Collection(RedisTurns.Name)]
public sealed class RedisFaultTests(RedisServer server) : IAsyncLifetime
{
    private const string Kept = "chat:agent";
    private const string Live = "stream:conv_1";
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private RedisBus _bus = null!;

    private CancellationToken End => _end.Token;

    public async ValueTask InitializeAsync()
    {
        await server.ReadyAsync();
        _bus = RedisBuses.Open(server);
        await Waiting.UntilAsync(() => _bus.IsHealthyAsync(End));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _bus.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task A_server_that_stands_still_hangs_nobody()
    {
        await using var bus = RedisBuses.Open(server, RedisBuses.Quick with { Call = TimeSpan.FromMilliseconds(500) });
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        await server.PauseAsync();
        try
        {
            var since = Stopwatch.GetTimestamp();
            Assert.False(await bus.IsHealthyAsync(End));
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(2));
            var fault = await Assert.ThrowsAsync<HubUnavailableException>(() => bus.AppendAsync(Kept, BusMessage.New("1"), End));
            Assert.Contains("Try again", fault.Message, StringComparison.Ordinal);
            for (var i = 0; i < RedisBus.UnderWay * 2; i++) await bus.PostAsync(Live, BusMessage.New("{}"), End);
        }
        finally
        {
            await server.ResumeAsync();
        }
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        await bus.AppendAsync(Kept, BusMessage.New("2"), End);
    }

    [Fact]
    public async Task After_a_kill_and_a_start_with_its_data_a_reader_is_told_and_groups_go_on_where_they_were()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _ = _bus.ConsumeAsync(Kept, "group", "a", (e, _) => { seen.Enqueue(e.Message.Payload); return Task.CompletedTask; }, End);
        var tail = _bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        await _bus.AppendAsync(Live, BusMessage.New("1"), End);
        await tail.MoveNextAsync();
        await _bus.AppendAsync(Kept, BusMessage.New("1"), End);
        await Waiting.UntilAsync(() => seen.Count == 1);
        await server.KillAsync();
        await Assert.ThrowsAsync<HubUnavailableException>(() => _bus.AppendAsync(Kept, BusMessage.New("never"), End));
        await server.StartAsync();
        await Waiting.UntilAsync(() => _bus.IsHealthyAsync(End));
        await _bus.AppendAsync(Kept, BusMessage.New("2"), End);
        await Waiting.UntilAsync(() => seen.Count == 2);
        Assert.Equal(["1", "2"], seen);
        await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
    }

    [Fact]
    public async Task After_the_data_is_lost_a_reader_is_told_and_groups_are_made_anew()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _ = _bus.ConsumeAsync(Kept, "group", "a", (e, _) => { seen.Enqueue(e.Message.Payload); return Task.CompletedTask; }, End);
        var tail = _bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        await _bus.AppendAsync(Live, BusMessage.New("1"), End);
        await tail.MoveNextAsync();
        var next = tail.MoveNextAsync().AsTask();
        await server.FlushAsync();
        await Assert.ThrowsAsync<BusGapException>(() => next);
        var again = _bus.TailAsync(Live, IBus.Oldest, End).GetAsyncEnumerator(End);
        await _bus.AppendAsync(Live, BusMessage.New("2"), End);
        await again.MoveNextAsync();
        Assert.Equal("2", again.Current.Message.Payload);
        await _bus.AppendAsync(Kept, BusMessage.New("1"), End);
        await Waiting.UntilAsync(() => seen.Count == 1);
    }

    [Fact]
    public async Task A_cursor_from_before_the_loss_is_a_gap()
    {
        var cursor = await _bus.AppendAsync(Kept, BusMessage.New("1"), End);
        await server.KillAsync();
        await server.StartEmptyAsync();
        await Waiting.UntilAsync(() => _bus.IsHealthyAsync(End));
        var tail = _bus.TailAsync(Kept, cursor, End).GetAsyncEnumerator(End);
        await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
    }

    [Fact]
    public async Task A_bus_that_starts_before_its_server_serves_as_soon_as_that_is_there()
    {
        await server.KillAsync();
        await using var bus = RedisBuses.Open(server);
        Assert.Null(await bus.RefusalAsync(End));
        Assert.False(await bus.IsHealthyAsync(End));
        await server.StartAsync();
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), TimeSpan.FromSeconds(20));
        await bus.AppendAsync(Kept, BusMessage.New("1"), End);
    }

    [Fact]
    public async Task A_wrong_password_and_a_missing_one_are_refused_at_start_with_the_setting_to_change()
    {
        Assert.Null(await _bus.RefusalAsync(End));
        Assert.StartsWith("Bus:Redis:Password is refused", await RefusalAsync(server.Place with { Password = "wrong" }), StringComparison.Ordinal);
        Assert.StartsWith("Bus:Redis:Password is not set", await RefusalAsync(server.Place with { Password = null, AllowNoPassword = true }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_whose_bus_is_refused_ends_its_start_with_that_line()
    {
        var fault = await Assert.ThrowsAsync<SettingsException>(() => TestHub.StartAsync(configure: s => s.Replace(ServiceDescriptor.Singleton<IBus>(
            _ => new RedisBus(server.Place with { Password = "wrong" }, RedisBuses.Quick, TimeProvider.System, NullLogger<RedisBus>.Instance)))));
        Assert.StartsWith("Bus:Redis:Password is refused", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lets_everybody_in_is_refused_unless_that_is_allowed()
    {
        await server.AskAsync("CONFIG", "SET", "requirepass", "");
        try
        {
            Assert.Contains("Bus:Redis:AllowNoPassword", await RefusalAsync(server.Place), StringComparison.Ordinal);
            Assert.Null(await RefusalAsync(server.Place with { AllowNoPassword = true, Password = null }));
        }
        finally
        {
            await server.AskAsync("CONFIG", "SET", "requirepass", server.Place.Password!);
        }
    }

    private async Task<string?> RefusalAsync(RedisPlace place)
    {
        await using var bus = new RedisBus(place, RedisBuses.Quick, TimeProvider.System, NullLogger<RedisBus>.Instance);
        return await bus.RefusalAsync(End);
    }
}

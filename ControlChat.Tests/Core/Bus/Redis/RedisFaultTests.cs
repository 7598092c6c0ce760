using System.Diagnostics;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>Redis is killed, emptied, stopped in its tracks, or not ours.</summary>
[Collection(RedisTurns.Name)]
public sealed class RedisFaultTests(RedisServer server) : BusOverRedis(server)
{
    [Fact]
    public async Task A_server_that_stands_still_hangs_nobody()
    {
        await using var bus = await OpenAsync(RedisBuses.Quick with { Call = TimeSpan.FromMilliseconds(500) });
        await Server.PauseAsync();
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
            await Server.ResumeAsync();
        }
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        await bus.AppendAsync(Kept, BusMessage.New("2"), End);
    }

    [Fact]
    public async Task After_a_kill_and_a_start_with_its_data_a_reader_is_told_and_groups_go_on_where_they_were()
    {
        var (seen, tail) = await BeginAsync(Bus);
        await Server.KillAsync();
        await Assert.ThrowsAsync<HubUnavailableException>(() => Bus.AppendAsync(Kept, BusMessage.New("never"), End));
        await Server.StartAsync();
        await Waiting.UntilAsync(() => Bus.IsHealthyAsync(End));
        await Bus.AppendAsync(Kept, BusMessage.New("after"), End);
        await Waiting.UntilAsync(() => seen.Contains("after"));
        // The kill may have come before the word that the first one was done.
        Assert.Equal(["before", "after"], seen.Distinct());
        await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
    }

    [Fact]
    public async Task After_the_data_is_lost_a_reader_is_told_and_groups_are_made_anew()
    {
        var (seen, tail) = await BeginAsync(Bus);
        var next = tail.MoveNextAsync().AsTask();
        await Server.FlushAsync();
        await Assert.ThrowsAsync<BusGapException>(() => next);
        var again = Bus.TailAsync(Live, IBus.Oldest, End).GetAsyncEnumerator(End);
        await Bus.AppendAsync(Live, BusMessage.New("2"), End);
        await again.MoveNextAsync();
        Assert.Equal("2", again.Current.Message.Payload);
        await Bus.AppendAsync(Kept, BusMessage.New("after"), End);
        await Waiting.UntilAsync(() => seen.Contains("after"));
    }

    [Fact]
    public async Task A_cursor_from_before_the_loss_is_a_gap()
    {
        var cursor = await Bus.AppendAsync(Kept, BusMessage.New("1"), End);
        await Server.KillAsync();
        await Server.StartEmptyAsync();
        await Waiting.UntilAsync(() => Bus.IsHealthyAsync(End));
        var tail = Bus.TailAsync(Kept, cursor, End).GetAsyncEnumerator(End);
        await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
    }

    [Fact]
    public async Task A_bus_that_starts_before_its_server_serves_as_soon_as_that_is_there()
    {
        await Server.KillAsync();
        await using var bus = RedisBuses.Open(Server);
        Assert.Null(await bus.RefusalAsync(End));
        Assert.False(await bus.IsHealthyAsync(End));
        await Server.StartAsync();
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), TimeSpan.FromSeconds(20));
        await bus.AppendAsync(Kept, BusMessage.New("1"), End);
    }

    [Fact]
    public async Task A_wrong_password_and_a_missing_one_are_refused_at_start_with_the_setting_to_change()
    {
        Assert.Null(await Bus.RefusalAsync(End));
        Assert.StartsWith("Bus:Redis:Password is refused", await RefusalAsync(Server.Place with { Password = "wrong" }), StringComparison.Ordinal);
        Assert.StartsWith("Bus:Redis:Password is not set", await RefusalAsync(Server.Place with { Password = null, AllowNoPassword = true }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_whose_bus_is_refused_ends_its_start_with_that_line()
    {
        var fault = await Assert.ThrowsAsync<SettingsException>(() => RedisBuses.StartHubAsync(Server.Place with { Password = "wrong" }));
        Assert.StartsWith("Bus:Redis:Password is refused", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lets_everybody_in_is_refused_unless_that_is_allowed()
    {
        await Server.AskAsync("CONFIG", "SET", "requirepass", "");
        try
        {
            Assert.Contains("Bus:Redis:AllowNoPassword", await RefusalAsync(Server.Place), StringComparison.Ordinal);
            Assert.Null(await RefusalAsync(Server.Place with { AllowNoPassword = true, Password = null }));
        }
        finally
        {
            await Server.AskAsync("CONFIG", "SET", "requirepass", Server.Place.Password!);
        }
    }

    private async Task<string?> RefusalAsync(RedisPlace place)
    {
        await using var bus = RedisBuses.Open(place);
        return await bus.RefusalAsync(End);
    }
}

using ControlChat.App.Sessions.Streams;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>Clients that send too much or nothing, and programs that take nothing.</summary>
public sealed class StreamPaceTests : IAsyncLifetime
{
    private StreamBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await StreamBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public void A_client_may_send_some_together_and_then_waits_its_turn()
    {
        var time = new FakeTime();
        var pace = new StreamPace(time);
        for (var i = 0; i < 20; i++) Assert.Equal(TimeSpan.Zero, pace.Take(200));
        Assert.Equal(TimeSpan.FromMilliseconds(200), pace.Take(200));
        time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(TimeSpan.FromMilliseconds(1), pace.Take(1));
        time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 4_000; i++) Assert.Equal(TimeSpan.Zero, pace.Take(1));
        Assert.Equal(TimeSpan.FromMilliseconds(1), pace.Take(1));
    }

    [Fact]
    public async Task A_client_that_sends_too_fast_loses_nothing()
    {
        var client = await _bench.ControllingAsync();
        for (var i = 0; i < 5_500; i++) await client.SendTextAsync("""{"v":1,"t":"in","data":"YQ=="}""");
        await client.SendAsync(new { v = 1, t = "resize", cols = 133, rows = 51 });
        await client.NextAsync("state", s => s["size"] is { } size && size["cols"]!.GetValue<int>() == 133);
        Assert.Equal(new string('a', 5_500), _bench.Terminal.Typed);
    }

    [Fact]
    public async Task A_client_that_is_only_wrong_hears_it_each_time_and_stays()
    {
        var client = await _bench.ControllingAsync();
        for (var i = 0; i < 500; i++) await client.SendTextAsync("""{"v":1,"t":"nothing"}""");
        for (var i = 0; i < 500; i++) Assert.Equal("unknown_type", await client.ErrorAsync());
        await client.TypeAsync("still here");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed == "still here");
    }

    [Fact]
    public async Task Input_that_the_program_does_not_take_is_said_so()
    {
        var client = await _bench.ControllingAsync();
        _bench.Terminal.IsBusy = true;
        await client.TypeAsync("x");
        Assert.Equal("busy", await client.ErrorAsync());
    }

    [Fact]
    public async Task Behind_input_that_was_not_taken_none_is_typed_before_the_client_has_stopped_sending()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var client = await bench.ControllingAsync();
        bench.Terminal.IsBusy = true;
        await client.TypeAsync("rm -rf /tmp/");
        Assert.Equal("busy", await client.ErrorAsync());
        bench.Terminal.IsBusy = false;
        for (var i = 0; i < 3; i++)
        {
            await client.TypeAsync("x\r");
            Assert.Equal("busy", await client.ErrorAsync());
            time.Advance(TimeSpan.FromMilliseconds(900));
        }
        Assert.Equal("", bench.Terminal.Typed);
        time.Advance(TimeSpan.FromMilliseconds(200));
        await client.TypeAsync("ls\r");
        await Waiting.UntilAsync(() => bench.Terminal.Typed == "ls\r");
    }

    [Fact]
    public async Task Nor_is_it_when_the_terminal_is_joined_anew_in_between()
    {
        await using var bench = await StreamBench.StartAsync(new FakeTime());
        var client = await bench.ControllingAsync();
        bench.Terminal.IsBusy = true;
        await client.TypeAsync("rm -rf /tmp/");
        Assert.Equal("busy", await client.ErrorAsync());
        bench.Terminals.AreAway = true;
        bench.Terminal.Cut();
        Assert.Equal("not_at_work", await client.ErrorAsync());
        await client.TypeAsync("x\r");
        Assert.Equal("busy", await client.ErrorAsync());
        bench.Terminal.IsBusy = false;
        bench.Terminal.Mend();
        bench.Terminals.AreAway = false;
        await client.NextAsync("state", s => s["at_work"]!.GetValue<bool>());
        Assert.Equal("", bench.Terminal.Typed);
    }

    [Fact]
    public async Task Heartbeats_are_answered_and_counted_and_figures_come_while_they_change()
    {
        var client = await _bench.ControllingAsync();
        var ping = await client.NextAsync("ping");
        Assert.Equal(1, ping["n"]!.GetValue<long>());
        var metrics = await client.NextAsync("metrics");
        Assert.InRange(metrics["latency"]!["p95_ms"]!.GetValue<double>(), 0, 5000);
        Assert.Equal((0, 1, 7_000_000), (metrics["bytes_in"]!.GetValue<long>(), metrics["viewers"]!.GetValue<int>(), metrics["memory_bytes"]!.GetValue<long>()));
        // Once more for the same one is wrong.
        await client.SendAsync(new { v = 1, t = "pong", n = 1 });
        Assert.Equal("invalid", await client.ErrorAsync());
    }

    [Fact]
    public async Task Who_answers_no_heartbeat_is_gone()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var client = await bench.ConnectAsync();
        client.AnswersPings = false;
        await client.NextAsync("hello");
        for (var second = 0; second < 3; second++) time.Advance(TimeSpan.FromSeconds(1));
        await client.NextAsync("ping");
        Assert.False(client.ClosedAsync().IsCompleted);
        time.Advance(TimeSpan.FromSeconds(46));
        Assert.Equal(1001, await client.ClosedAsync());
    }

    [Fact]
    public async Task Whatever_it_says_shows_that_it_lives()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var client = await bench.ControllingAsync();
        client.AnswersPings = false;
        for (var i = 0; i < 6; i++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            await client.TypeAsync("x");
            await Waiting.UntilAsync(() => bench.Terminal.Typed.Length == i + 1);
        }
        time.Advance(TimeSpan.FromSeconds(46));
        Assert.Equal(1001, await client.ClosedAsync());
    }
}

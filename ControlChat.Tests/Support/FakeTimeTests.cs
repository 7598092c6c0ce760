using Xunit;

namespace ControlChat.Tests.Support;

public sealed class FakeTimeTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void The_clock_stands_still_until_it_is_moved()
    {
        var start = _time.GetUtcNow();
        Assert.Equal(start, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(start.AddSeconds(3), _time.GetUtcNow());
    }

    [Fact]
    public void A_timer_fires_when_its_time_has_come_and_not_before()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(1, fired);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void Timers_fire_in_the_order_of_their_times_and_see_that_time()
    {
        var seen = new List<(string Name, DateTimeOffset At)>();
        var start = _time.GetUtcNow();
        using var late = _time.CreateTimer(_ => seen.Add(("late", _time.GetUtcNow())), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using var early = _time.CreateTimer(_ => seen.Add(("early", _time.GetUtcNow())), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([("early", start.AddSeconds(2)), ("late", start.AddSeconds(5))], seen);
    }

    [Fact]
    public void A_periodic_timer_fires_once_a_period_until_it_is_disposed()
    {
        var fired = 0;
        var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, fired);
        timer.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, fired);
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public void A_timer_made_by_a_timer_fires_in_the_same_advance()
    {
        var chained = false;
        using var first = _time.CreateTimer(
            _ => _time.CreateTimer(_ => chained = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
            null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(chained);
    }

    [Fact]
    public async Task A_delay_over_this_clock_ends_when_the_clock_has_moved()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(30), _time, TestContext.Current.CancellationToken);
        Assert.False(delay.IsCompleted);
        Assert.Equal(1, _time.Waiting);
        _time.Advance(TimeSpan.FromMinutes(30));
        await delay.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_timeout_over_this_clock_cancels()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30), _time);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(timeout.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public void What_became_due_while_the_machine_slept_fires_once_and_late()
    {
        var seen = new List<DateTimeOffset>();
        using var timer = _time.CreateTimer(_ => seen.Add(_time.GetUtcNow()), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        var woken = _time.GetUtcNow().AddDays(7);
        _time.Sleep(TimeSpan.FromDays(7));
        Assert.Equal([woken], seen);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([woken, woken.AddSeconds(1)], seen);
    }

    [Fact]
    public void A_jump_moves_the_wall_clock_without_firing()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.Jump(_time.GetUtcNow().AddDays(-1));
        Assert.Equal(0, fired);
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero), _time.GetUtcNow());
    }
}

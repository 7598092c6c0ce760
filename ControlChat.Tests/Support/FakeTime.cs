namespace ControlChat.Tests.Support;

/// <summary>A clock that stands still until a test moves it. Timers (and so <c>Task.Delay</c>, <c>CancelAfter</c>
/// and <c>PeriodicTimer</c> over this provider) fire during <see cref="Advance"/>, in the order of their due times.</summary>
public sealed class FakeTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _wall = start.ToUniversalTime();
    private TimeSpan _elapsed;

    public FakeTime() : this(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero)) { }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _wall + _elapsed;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed.Ticks;
    }

    /// <summary>How many timers are waiting: a test can await "the worker sleeps" instead of guessing.</summary>
    public int Waiting
    {
        get { lock (_gate) return _timers.Count(t => t.Due is not null); }
    }

    /// <summary>Moves the clock forward, firing every timer on the way at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate) target = _elapsed + by;
        while (NextDue(target) is { } timer) timer.Fire();
        lock (_gate) _elapsed = target > _elapsed ? target : _elapsed;
    }

    /// <summary>The machine sleeps: time passes at once, and what became due meanwhile fires once, late. For hours and days over a
    /// whole app, whose periodic timers <see cref="Advance"/> would fire a million times.</summary>
    public void Sleep(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        List<FakeTimer> overdue;
        lock (_gate)
        {
            _elapsed += by;
            overdue = [.. _timers.Where(t => t.Due <= _elapsed).OrderBy(t => t.Due)];
            foreach (var timer in overdue) timer.Due = timer.Period > TimeSpan.Zero ? _elapsed + timer.Period : null;
        }
        foreach (var timer in overdue) timer.Fire();
    }

    /// <summary>Sets the wall clock, also backwards. Timers and timestamps go by elapsed time and do not notice.</summary>
    public void Jump(DateTimeOffset to)
    {
        lock (_gate) _wall = to.ToUniversalTime() - _elapsed;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? NextDue(TimeSpan until)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            if (next is null) return null;
            if (next.Due > _elapsed) _elapsed = next.Due.Value;
            next.Due = next.Period > TimeSpan.Zero ? next.Due + next.Period : null;
            return next;
        }
    }

    private sealed class FakeTimer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (!time._timers.Contains(this)) return false;
                Period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._elapsed + dueTime;
            }
            // A timer that is due at once does not wait for the clock to move.
            if (dueTime == TimeSpan.Zero) time.Advance(TimeSpan.Zero);
            return true;
        }

        public void Dispose()
        {
            lock (time._gate) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

namespace ControlChat.App.Sessions.Streams;

/// <summary>How fast one connection may send, and how often it may be wrong. Used by one reader at a time.</summary>
internal sealed class StreamPace(TimeProvider time)
{
    /// <summary>Frames a second, for good: more than a mouse that reports each of its moves.</summary>
    public const int PerSecond = 200;

    /// <summary>Frames that may come together.</summary>
    public const int AtOnce = 400;

    /// <summary>A connection that is wrong so often within <see cref="FaultTime"/> is closed.</summary>
    public const int MostFaults = 100;

    public static readonly TimeSpan FaultTime = TimeSpan.FromSeconds(10);
    private readonly long[] _faults = new long[MostFaults];
    private double _left = AtOnce;
    private long _at = time.GetTimestamp();
    private int _fault;
    private int _count;

    /// <param name="cost">In frames: what reads the database or the transcript costs more.</param>
    /// <returns>False: too fast.</returns>
    public bool Take(int cost)
    {
        var now = time.GetTimestamp();
        _left = Math.Min(AtOnce, _left + (time.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
        _at = now;
        if (_left < cost) return false;
        _left -= cost;
        return true;
    }

    /// <returns>False: that was one too many.</returns>
    public bool Fail()
    {
        var now = time.GetTimestamp();
        // The place of the oldest of the last hundred.
        var oldest = _faults[_fault];
        _faults[_fault] = now;
        _fault = (_fault + 1) % MostFaults;
        return ++_count <= MostFaults || time.GetElapsedTime(oldest, now) > FaultTime;
    }
}

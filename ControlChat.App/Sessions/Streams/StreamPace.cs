namespace ControlChat.App.Sessions.Streams;

/// <summary>How fast one connection may send. Who is faster waits: nothing is read of it meanwhile, which its own network tells it. Used by one reader at a time.</summary>
internal sealed class StreamPace(TimeProvider time)
{
    /// <summary>Frames a second, for good: more than a mouse that reports each of its moves, and than keys of which each waits for its echo.</summary>
    public const int PerSecond = 1_000;

    /// <summary>Frames that may come together.</summary>
    public const int AtOnce = 4_000;

    private double _left = AtOnce;
    private long _at = time.GetTimestamp();

    /// <param name="cost">In frames: what reads the database or the transcript costs more.</param>
    /// <returns>How long it has to wait.</returns>
    public TimeSpan Take(int cost)
    {
        var now = time.GetTimestamp();
        _left = Math.Min(AtOnce, _left + (time.GetElapsedTime(_at, now).TotalSeconds * PerSecond)) - cost;
        _at = now;
        return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / PerSecond);
    }
}

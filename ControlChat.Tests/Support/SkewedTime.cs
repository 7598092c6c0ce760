namespace ControlChat.Tests.Support;

/// <summary>A machine whose clock is wrong by so much; its timers and timestamps are right.</summary>
public sealed class SkewedTime(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}

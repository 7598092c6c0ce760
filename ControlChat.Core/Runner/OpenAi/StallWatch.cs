namespace ControlChat.Core.Runner.OpenAi;

/// <summary>One token for two ends: the caller's, and nothing heard for too long. It runs only while something is waited for, so a slow reader is no stall.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _stall;
    private readonly CancellationTokenSource _both;

    public StallWatch(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _limit = limit;
        Caller = caller;
        _stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_stall.Token, caller);
    }

    public CancellationToken Caller { get; }

    public CancellationToken Token => _both.Token;

    public bool CancelledByCaller => Caller.IsCancellationRequested;

    public bool Stalled => _stall.IsCancellationRequested && !CancelledByCaller;

    public void Start() => _stall.CancelAfter(_limit);

    /// <summary>For the end of the stream after its final event: servers should close at once.</summary>
    public void StartGrace() => _stall.CancelAfter(TimeSpan.FromMilliseconds(250));

    public void Stop() => _stall.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _both.Dispose();
        _stall.Dispose();
    }
}

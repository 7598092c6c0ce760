using System.Threading.Tasks.Sources;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>One reader's wait for the next frame. A wake-up that comes before the wait is kept. It allocates nothing, and may go on in the thread that wakes it.</summary>
internal sealed class FrameWaiter : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Woken = 2;
    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>By its one reader.</summary>
    public ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _core.Version);
        Volatile.Write(ref _state, Idle);
        return default;
    }

    /// <param name="here">Whether the reader goes on in this thread.</param>
    public void Wake(bool here)
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Woken:
                    return;
                case Idle:
                    if (Interlocked.CompareExchange(ref _state, Woken, Idle) == Idle) return;
                    break;
                default:
                    if (Interlocked.CompareExchange(ref _state, Idle, Waiting) != Waiting) break;
                    _core.RunContinuationsAsynchronously = !here;
                    _core.SetResult(true);
                    return;
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

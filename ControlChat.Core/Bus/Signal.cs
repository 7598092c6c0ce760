namespace ControlChat.Core.Bus;

/// <summary>
/// A wake-up that cannot be lost: note the version, look, and wait for a later one.
/// Raising costs next to nothing while nobody waits.
/// </summary>
internal sealed class Signal
{
    private readonly Lock _gate = new();
    private long _version;
    private TaskCompletionSource? _waiters;

    public long Version => Volatile.Read(ref _version);

    public void Raise()
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            _version++;
            (waiters, _waiters) = (_waiters, null);
        }
        waiters?.TrySetResult();
    }

    /// <summary>Completes as soon as the version is no longer <paramref name="seen"/>.</summary>
    public Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_version != seen) return Task.CompletedTask;
            _waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiters.Task.WaitAsync(cancellationToken);
        }
    }
}

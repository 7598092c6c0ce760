using ControlChat.Core.Sync;

namespace ControlChat.Tests.Core.Sync;

/// <summary>Moves nothing; does and says what it was told.</summary>
/// <param name="difference">What comparing answers at first.</param>
internal sealed class FakeTransfer(SyncDifference difference) : ISyncTransfer
{
    private int _done;

    public SyncDifference Difference { get; set; } = difference;

    public Exception? Fault { get; set; }

    /// <summary>When set, a run lasts until this is.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public TaskCompletionSource Running { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Action<SyncProgress>? Progress { get; private set; }

    public bool WasCancelled { get; private set; }

    public int Done => _done;

    public List<string> Leftovers { get; } = [];

    public Task<SyncDifference> CompareAsync(SyncOrder order, CancellationToken cancellationToken) => Task.FromResult(Difference);

    public async Task<SyncDifference> RunAsync(SyncOrder order, SyncDifference expected, Action<SyncProgress> progress, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        Progress = progress;
        Running.TrySetResult();
        try
        {
            if (Hold is not null) await Hold.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            WasCancelled = true;
            throw;
        }
        Interlocked.Increment(ref _done);
        return expected;
    }

    public Task EndLeftoversAsync(string actionId)
    {
        Leftovers.Add(actionId);
        return Task.CompletedTask;
    }
}

using ControlChat.Core.Sync;

namespace ControlChat.Tests.Core.Sync;

/// <summary>Moves nothing; does and says what it was told.</summary>
/// <param name="difference">What comparing answers at first.</param>
internal sealed class FakeTransfer(SyncDifference difference) : ISyncTransfer
{
    private int _done;
    private int _comparing;

    public SyncDifference Difference { get; set; } = difference;

    public Exception? Fault { get; set; }

    /// <summary>When set, a run lasts until this is.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>When set, comparing lasts until this is.</summary>
    public TaskCompletionSource? HoldCompare { get; set; }

    /// <summary>Comparisons that were begun.</summary>
    public int Comparing => _comparing;

    public TaskCompletionSource Running { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Action<SyncProgress>? Progress { get; private set; }

    public bool WasCancelled { get; private set; }

    public int Done => _done;

    public List<string> Leftovers { get; } = [];

    public async Task<SyncDifference> CompareAsync(SyncOrder order, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _comparing);
        if (HoldCompare is not null) await HoldCompare.Task.WaitAsync(cancellationToken);
        return Difference;
    }

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

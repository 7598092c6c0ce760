namespace ControlChat.Core.Audit;

/// <summary>
/// Appends that have no transaction of their own share one: while it commits, the next ones gather. Each still ends only when its row
/// is durable, and many that come at once (denials, failed sign-ins) cost the one writer few commits.
/// </summary>
/// <param name="write">Writes entries in one transaction and answers their seqs in the same order.</param>
internal sealed class GroupCommit(Func<IReadOnlyList<AuditEntry>, Task<IReadOnlyList<long>>> write)
{
    // A transaction of some milliseconds; others wait for it.
    private const int Most = 128;
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _writing;

    /// <param name="cancellationToken">Ends the waiting for a turn; a row whose turn has come is written.</param>
    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(entry, cancellationToken);
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            if (_writing) return waiting.Task;
            _writing = true;
        }
        return FirstAsync(waiting);
    }

    private async Task<long> FirstAsync(Waiting own)
    {
        await NextAsync();
        return await own.Task;
    }

    private async Task NextAsync()
    {
        var turn = Take();
        if (turn.Count > 0) await WriteAsync(turn);
        lock (_gate)
        {
            _writing = _waiting.Count > 0;
            if (!_writing) return;
        }
        // Whoever wrote has its answer; the next turn is not at its expense.
        _ = Task.Run(NextAsync);
    }

    private List<Waiting> Take()
    {
        var turn = new List<Waiting>();
        lock (_gate)
        {
            while (turn.Count < Most && _waiting.TryDequeue(out var waiting))
                if (!waiting.IsCancelled()) turn.Add(waiting);
        }
        return turn;
    }

    private async Task WriteAsync(List<Waiting> turn)
    {
        try
        {
            var seqs = await write([.. turn.Select(w => w.Entry)]);
            for (var i = 0; i < turn.Count; i++) turn[i].SetResult(seqs[i]);
        }
        catch (Exception e) when (turn.Count == 1 || e is Hub.HubUnavailableException)
        {
            foreach (var waiting in turn) waiting.SetException(e);
        }
        catch (Exception)
        {
            // One of them cannot be written; it must not take the others along.
            foreach (var waiting in turn) await WriteAsync([waiting]);
        }
    }

    private sealed class Waiting(AuditEntry entry, CancellationToken cancellationToken) : TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public AuditEntry Entry => entry;

        public bool IsCancelled() => cancellationToken.IsCancellationRequested && TrySetCanceled(cancellationToken);
    }
}

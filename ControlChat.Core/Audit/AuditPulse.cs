namespace ControlChat.Core.Audit;

/// <summary>Tells the checkpoint writer that many rows were appended, so that it need not wait for its clock.</summary>
internal sealed class AuditPulse : IDisposable
{
    /// <summary>Rows that may stand without a checkpoint (contracts, section 6).</summary>
    public const int RowsPerCheckpoint = 256;

    private readonly SemaphoreSlim _due = new(0);

    /// <param name="seq">The row's: whichever process appends every 256th of the record signs it.</param>
    public void RowAppended(long seq)
    {
        if (seq % RowsPerCheckpoint == 0) _due.Release();
    }

    /// <summary>Returns after that many rows, or after the time, whichever is first.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _due.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The clock's turn.
        }
    }

    public void Dispose() => _due.Dispose();
}

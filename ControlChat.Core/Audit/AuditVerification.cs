namespace ControlChat.Core.Audit;

/// <summary>Verification in the running hub: one at a time; whoever asks meanwhile gets the same answer.</summary>
public sealed class AuditVerification : IDisposable
{
    private readonly RecordVerifier _verifier;
    private readonly CheckpointChain _chain;
    private readonly AuditPlaces _places;
    private readonly SemaphoreSlim _one = new(1, 1);

    internal AuditVerification(RecordVerifier verifier, CheckpointChain chain, AuditPlaces places) => (_verifier, _chain, _places) = (verifier, chain, places);

    /// <summary>The last answer of this process, or null.</summary>
    public VerifyResult? Latest { get; private set; }

    /// <param name="progress">Told the row reached, every 20,000 rows.</param>
    public async Task<VerifyResult> VerifyAsync(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var seen = Latest;
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(seen, Latest)) return Latest!;
            // The work is all processor and disk: off the caller's thread, which may be a circuit's.
            return Latest = await Task.Run(() => RunAsync(progress, cancellationToken), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<VerifyResult> RunAsync(IProgress<long>? progress, CancellationToken cancellationToken) =>
        await _verifier.VerifyAsync(await _chain.LinesAsync(cancellationToken), SigningKey.PublicOf(_places), pinned: false, progress, cancellationToken);

    public void Dispose() => _one.Dispose();
}

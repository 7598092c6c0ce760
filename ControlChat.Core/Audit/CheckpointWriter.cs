using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Audit;

/// <summary>
/// Signs the chain's head at the latest 5 s or 256 rows after a row, and at a clean stop. It signs nothing that contradicts
/// what was signed before. A fault is logged and shown by health; the hub goes on and it tries again.
/// </summary>
internal sealed partial class CheckpointWriter(HubDatabase database, HubIdentity identity, AuditPlaces places, CheckpointChain chain, AuditPulse pulse, CheckpointState state, TimeProvider time, ILogger<CheckpointWriter> logger)
    : BackgroundService, ICheckpoints
{
    // One second less than promised: the time that reading and writing may take.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private SigningKey? _key;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryWriteAsync(stoppingToken);
            await pulse.WaitAsync(Patience, time, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Also when the others took all the time there was for stopping.
        using var limit = new CancellationTokenSource(Patience, time);
        await SignAsync(limit.Token);
    }

    public async Task SignAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryWriteAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next start signs the row.
        }
        _key?.Dispose();
        _key = null;
    }

    /// <summary>Writes a checkpoint when there are rows after the last one.</summary>
    /// <returns>False when it could not; <see cref="CheckpointState.Fault"/> says why.</returns>
    internal async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
            if (state.Fault is not null) LogRecovered();
            state.Fault = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HubUnavailableException or InvalidDataException or System.Security.Cryptography.CryptographicException)
        {
            var fault = e is InvalidDataException or HubUnavailableException ? e.Message : "The audit checkpoint could not be written. Check Audit:CheckpointDirectory: it must be writable and have space.";
            if (state.Fault != fault) LogFault(e, fault);
            state.Fault = fault;
            return false;
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        _key ??= SigningKey.LoadOrCreate(places);
        // Another process that signed first may not have seen the newest row.
        while (await NextAsync(_key, cancellationToken) is { } next)
        {
            if (!await chain.TryAppendAsync(next, cancellationToken)) continue;
            state.Last = next;
            return;
        }
    }

    /// <returns>What is to be signed now; null when there is no row after the last checkpoint.</returns>
    private async Task<Checkpoint?> NextAsync(SigningKey key, CancellationToken cancellationToken)
    {
        var before = await chain.LastAsync(key.Public, cancellationToken);
        state.Last = before;
        await using var reader = await database.ReadAsync(cancellationToken);
        var head = await RowAsync(reader, null, cancellationToken);
        if (before is not null) await CheckAsync(reader, before, head, cancellationToken);
        return head is null || head.Seq == before?.LastSeq ? null
            : Checkpoint.Sign(key, await identity.GetAsync(cancellationToken), before, time.GetUtcNow(), head.Seq, head.Hash);
    }

    private static async Task CheckAsync(IHubReader reader, Checkpoint before, Head? head, CancellationToken cancellationToken)
    {
        if (head is null || head.Seq < before.LastSeq)
            throw new InvalidDataException($"The record ends at row {head?.Seq ?? 0}, but row {before.LastSeq} was signed. Nothing more is signed. Run 'audit verify'.");
        if ((await RowAsync(reader, before.LastSeq, cancellationToken))?.Hash != before.LastHash)
            throw new InvalidDataException($"Row {before.LastSeq} is not what was signed. Nothing more is signed. Run 'audit verify'.");
    }

    private static Task<Head?> RowAsync(IHubReader reader, long? seq, CancellationToken cancellationToken) =>
        reader.FindAsync<Head>("select seq, hash from audit where seq = coalesce(@seq, (select max(seq) from audit))", new { seq }, cancellationToken);

    private sealed record Head
    {
        public long Seq { get; init; }
        public string Hash { get; init; } = "";
    }

    [LoggerMessage(LogLevel.Critical, "Audit checkpoints have stopped: {Fault}")]
    private partial void LogFault(Exception e, string fault);

    [LoggerMessage(LogLevel.Information, "Audit checkpoints are written again.")]
    private partial void LogRecovered();
}

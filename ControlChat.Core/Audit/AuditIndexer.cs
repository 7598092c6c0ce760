using System.Globalization;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Audit;

/// <summary>Brings lists, search and chart up to date a moment after the rows, many rows in one transaction.</summary>
internal sealed partial class AuditIndexer(HubDatabase database, TimeProvider time, ILogger<AuditIndexer> logger) : BackgroundService
{
    // About 10 ms of the one writer's time.
    private const int Batch = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly AuditEffectIndexer _effects = new(database);

    private const string FieldsSql =
        """
        insert into audit_fields (seq, at, event, outcome, account, tool, workspace_id, run_id, action_id)
        select seq, at, event, outcome, account, tool, workspace_id, run_id, action_id from audit where seq > @after and seq <= @to
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                for (var since = time.GetTimestamp(); await StepAsync(stoppingToken) is var rests and > 0; since = time.GetTimestamp())
                {
                    await Task.Delay(time.GetElapsedTime(since) * rests, time, stoppingToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
            }
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    // Far behind, it works half of the time: the other half is for those who wait for the writer and the processor. Old changes have more time
    // and wait for what is new.
    /// <returns>How long to rest before the next step, in lengths of this one; 0 when there is nothing more to do now.</returns>
    private async Task<int> StepAsync(CancellationToken cancellationToken)
    {
        var fields = await IndexAsync(cancellationToken);
        var newer = await _effects.NewerAsync(cancellationToken);
        if (fields == Batch || newer == AuditEffectIndexer.Batch) return 1;
        return await _effects.OlderAsync(cancellationToken) > 0 ? AuditEffectIndexer.Rests : 0;
    }

    /// <returns>How many rows were taken in.</returns>
    internal async Task<int> IndexAsync(CancellationToken cancellationToken)
    {
        var rows = await NextAsync(cancellationToken);
        if (rows.Count == 0) return 0;
        // Before the transaction: others wait for it.
        var words = rows.Select(r => new RowWords(r.Seq, AuditWords.OfBody(r.Body))).ToList();
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await AuditIndex.PlaceAsync(transaction, cancellationToken) != rows[0].Seq - 1) return 0;
        var span = new { after = rows[0].Seq - 1, to = rows[^1].Seq };
        await transaction.ExecuteAsync(FieldsSql, span, cancellationToken);
        await transaction.ExecuteAsync(AuditActivity.AddSql, span, cancellationToken);
        await AuditText.AddAsync(transaction, words, cancellationToken);
        await transaction.ExecuteAsync(
            "insert into hub_facts (name, value) values (@Place, @seq) on conflict (name) do update set value = excluded.value",
            new { AuditIndex.Place, seq = rows[^1].Seq.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows.Count;
    }

    private async Task<IReadOnlyList<StoredRow>> NextAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var after = await AuditIndex.PlaceAsync(reader, cancellationToken);
        return await reader.QueryAsync<StoredRow>("select seq, body from audit where seq > @after order by seq limit @Batch", new { after, Batch }, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The audit index is behind; searches look through the newest rows one by one meanwhile.")]
    private partial void LogFailed(Exception e);
}

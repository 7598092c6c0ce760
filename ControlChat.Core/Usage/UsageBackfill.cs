using System.Globalization;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Usage;

/// <summary>
/// Counts, once, what was stored before there was a count: runs, sessions, and the calls that are on the record. Many rows in one
/// transaction together with how far it is, so it goes on where it was and no two processes take the same rows.
/// </summary>
internal sealed partial class UsageBackfill(HubDatabase database, IUsageNames names, TimeProvider time, ILogger<UsageBackfill> logger) : BackgroundService
{
    // About 10 ms of the one writer's time.
    internal const int Batch = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private const string RunsSql =
        """
        select cast(n as text) as place, account_id, token_id, 'run' as kind, 'control' as name, case when status = 'failed' then 1 else 0 end as failed,
          input_tokens, output_tokens, started_at, ended_at from runs where n > cast(@Place as bigint) and n <= cast(@Last as bigint) order by n limit @Batch
        """;

    private const string SessionsSql =
        """
        select id as place, owner_id as account_id, token_id, 'session' as kind, mode as name, case when end_reason in ('failed', 'worker_lost') then 1 else 0 end as failed,
          input_tokens, output_tokens, started_at, ended_at from sessions where id > @Place and id <= @Last order by id limit @Batch
        """;

    private const string AuditSql = "select seq, body from audit where seq > cast(@Place as bigint) and seq <= cast(@Last as bigint) order by seq limit @Batch";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                // Half of the time is for those who wait for the writer and the processor.
                for (var since = time.GetTimestamp(); await TakeAsync(stoppingToken); since = time.GetTimestamp())
                    await Task.Delay(time.GetElapsedTime(since), time, stoppingToken);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogLater(e);
            }
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    /// <returns>False once all of it is counted.</returns>
    internal async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        Part? part;
        string? reached;
        List<(UsageKey Key, UsageSum Sum)> rows;
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            part = await reader.FindAsync<Part>("select part as name, place, last, since from usage_backfill order by part limit 1", null, cancellationToken);
            if (part is null) return false;
            (rows, reached) = part.Name == "audit" ? await CalledAsync(reader, part, cancellationToken) : await EndedAsync(reader, part, cancellationToken);
            var oldest = UsageStore.DayOf(reader.Now.AddDays(-UsageStore.Days));
            rows.RemoveAll(r => string.CompareOrdinal(r.Key.Day, oldest) < 0);
        }
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await MoveAsync(transaction, part, reached, cancellationToken)) await UsageStore.AddAsync(transaction, rows, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <returns>False when another process took these rows.</returns>
    private static async Task<bool> MoveAsync(IHubTransaction transaction, Part part, string? reached, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            reached is null || reached == part.Last ? "delete from usage_backfill where part = @Name and place = @Place" : "update usage_backfill set place = @reached where part = @Name and place = @Place",
            new { part.Name, part.Place, reached }, cancellationToken) == 1;

    private static async Task<(List<(UsageKey Key, UsageSum Sum)> Rows, string? Reached)> EndedAsync(IHubReader reader, Part part, CancellationToken cancellationToken)
    {
        var stored = await reader.QueryAsync<Ended>(part.Name == "runs" ? RunsSql : SessionsSql, new { part.Place, part.Last, Batch }, cancellationToken);
        var rows = new List<(UsageKey, UsageSum)>();
        foreach (var row in stored)
        {
            if (row.EndedAt is not { } ended || ended > part.Since) continue;
            var took = row.StartedAt is { } started && ended > started ? ended - started : (TimeSpan?)null;
            var bucket = row.Kind == UsageKinds.Run && took is { } time ? LatencyBuckets.Of(time) : LatencyBuckets.None;
            var length = row.Kind == UsageKinds.Session ? (long)(took?.TotalMilliseconds ?? 0) : 0;
            rows.Add((new UsageKey(UsageStore.DayOf(ended), row.AccountId, row.TokenId ?? "", row.Kind, row.Name, bucket), new UsageSum(1, row.Failed, row.InputTokens, row.OutputTokens, length)));
        }
        return (rows, stored.Count == 0 ? null : stored[^1].Place);
    }

    private async Task<(List<(UsageKey Key, UsageSum Sum)> Rows, string? Reached)> CalledAsync(IHubReader reader, Part part, CancellationToken cancellationToken)
    {
        var stored = await reader.QueryAsync<Row>(AuditSql, new { part.Place, part.Last, Batch }, cancellationToken);
        return ([.. stored.Select(row => RecordedUsage.Of(row.Body, names)).OfType<(UsageKey, UsageSum)>()], stored.Count == 0 ? null : stored[^1].Seq.ToString(CultureInfo.InvariantCulture));
    }

    private sealed record Part
    {
        public string Name { get; init; } = "";
        public string Place { get; init; } = "";
        public string Last { get; init; } = "";
        public DateTimeOffset Since { get; init; }
    }

    private sealed record Ended
    {
        public string Place { get; init; } = "";
        public string AccountId { get; init; } = "";
        public string? TokenId { get; init; }
        public string Kind { get; init; } = "";
        public string Name { get; init; } = "";
        public long Failed { get; init; }
        public long InputTokens { get; init; }
        public long OutputTokens { get; init; }
        public DateTimeOffset? StartedAt { get; init; }
        public DateTimeOffset? EndedAt { get; init; }
    }

    private sealed record Row
    {
        public long Seq { get; init; }
        public string Body { get; init; } = "";
    }

    [LoggerMessage(LogLevel.Warning, "What was used before the upgrade is not counted yet; it is tried again in 10 s.")]
    private partial void LogLater(Exception e);
}

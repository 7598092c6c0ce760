using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>What was done in a stretch of time: for the chart.</summary>
/// <param name="Start">Its beginning, UTC.</param>
/// <param name="Applied">Actions applied.</param>
/// <param name="Refused">Calls denied, stale or failed.</param>
public sealed record AuditActivity(DateTimeOffset Start, int Applied, int Refused)
{
    // Reads of counted hours cost the same at any size of the record; the rows not counted yet are counted on the way. When the indexer
    // has much to catch up with, those are the newest of them, and the hours before fill up as it gets there.
    private const string Kind = "case when event = 'tool.applied' then 'applied' when event in ('tool.denied', 'tool.failed') then 'refused' end";

    private const string Everyone = "*";

    internal const string AddSql =
        $"""
        insert into audit_activity (hour, account, kind, rows)
        select substr(at, 1, 13), who, {Kind}, count(*) from (
          select at, event, account as who from audit_fields where seq > @after and seq <= @to and account is not null
          union all
          select at, event, '*' from audit_fields where seq > @after and seq <= @to
        ) added where {Kind} is not null group by 1, 2, 3
        on conflict (account, hour, kind) do update set rows = audit_activity.rows + excluded.rows
        """;

    private const string ReadSql =
        $"""
        select hour, kind, cast(sum(rows) as bigint) as rows from (
          select hour, kind, rows from audit_activity where account = @who and hour >= @from and hour < @to
          union all
          select substr(at, 1, 13), {Kind}, 1 from audit where seq > @waiting and {Kind} is not null and at >= @from and at < @to and @who in ('*', account)
        ) counted group by 1, 2
        """;

    /// <summary>The last <paramref name="count"/> stretches of <paramref name="hours"/> hours (1 or 24), oldest first; the last holds <paramref name="end"/>.</summary>
    internal static async Task<IReadOnlyList<AuditActivity>> ReadAsync(IHubReader reader, AuditViewer viewer, DateTimeOffset end, int hours, int count, CancellationToken cancellationToken)
    {
        var step = TimeSpan.FromHours(hours);
        var last = new DateTimeOffset(end.UtcTicks - end.UtcTicks % step.Ticks, TimeSpan.Zero);
        var first = last - (count - 1) * step;
        var waiting = Math.Max(await AuditIndex.PlaceAsync(reader, cancellationToken), await AuditIndex.LastAsync(reader, cancellationToken) - AuditIndex.Near);
        var rows = await reader.QueryAsync<Counted>(
            ReadSql, new { from = Hour(first), to = Hour(last + step), waiting, who = viewer.SeesAll ? Everyone : viewer.AccountId }, cancellationToken);
        var sums = rows.ToLookup(r => (Timestamps.Parse(r.Hour + ":00:00.000Z") - first).Ticks / step.Ticks);
        return [.. Enumerable.Range(0, count).Select(i => new AuditActivity(first + i * step, Sum(sums[i], "applied"), Sum(sums[i], "refused")))];
    }

    private static int Sum(IEnumerable<Counted> rows, string kind) => (int)rows.Where(r => r.Kind == kind).Sum(r => r.Rows);

    private static string Hour(DateTimeOffset time) => Timestamps.Format(time)[..13];

    private sealed record Counted
    {
        public string Hour { get; init; } = "";
        public string Kind { get; init; } = "";
        public long Rows { get; init; }
    }
}

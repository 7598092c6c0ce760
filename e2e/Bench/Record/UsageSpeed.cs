using System.Diagnostics;
using System.Globalization;
using ControlChat.Bench.Stores;
using ControlChat.Core.Usage;
using ControlChat.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Bench.Record;

/// <summary>Counting a large record after an upgrade, the usage page beside it, and what counting costs whoever is counted.</summary>
internal static class UsageSpeed
{
    private const int Days = 90;
    private const int People = 50;
    private const int Tools = 25;
    private const int Classes = 6;
    private const int PageCalls = 30;

    private static readonly string[] _columns = ["day", "account_id", "token_id", "kind", "name", "bucket", "calls", "errors", "tokens_in", "tokens_out", "ms"];

    public static Task OnSqliteAsync(BenchOptions options, Report report) => MeasureAsync(SqliteStore.CreateAsync, options, report);

    public static Task OnPostgresAsync(BenchOptions options, Report report) => MeasureAsync(PostgresStore.CreateAsync, options, report);

    private static async Task MeasureAsync(Func<Task<IBenchStore>> make, BenchOptions options, Report report)
    {
        await using var store = await make();
        await store.CopyAsync("audit", RecordRows.Columns, RecordRows.Of(options.Rows));
        await store.SettleAsync();
        await CountAsync(store, options.Rows, report);
        await store.CopyAsync("usage_days", _columns, Rows());
        await store.SettleAsync();
        await using var hub = await store.StartHubAsync();
        using var person = await HubClient.SignInAsync(hub);
        await PagesAsync(person, report);
        await hub.StopAsync();
    }

    /// <summary>The rows of the record as after an upgrade.</summary>
    private static async Task CountAsync(IBenchStore store, int rows, Report report)
    {
        await using var database = store.Open();
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync("insert into usage_backfill (part, place, last, since) values ('audit', '0', @last, hub_now())", new { last = rows.ToString(CultureInfo.InvariantCulture) }, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        using var backfill = new UsageBackfill(database, new AnyName(), TimeProvider.System, NullLogger<UsageBackfill>.Instance);
        var (steps, since) = (new Samples(), Stopwatch.GetTimestamp());
        for (var more = true; more;) await steps.TimeAsync(async () => more = await backfill.TakeAsync(CancellationToken.None));
        report.Add("one step of counting an old record", steps);
        report.Add("rows a second of an old record counted", rows / Stopwatch.GetElapsedTime(since).TotalSeconds, "rows/s");
        Counting(report);
    }

    private static async Task PagesAsync(HubClient person, Report report)
    {
        var to = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddYears(-1).AddDays(Days);
        var range = string.Create(CultureInfo.InvariantCulture, $"from={to.AddDays(1 - Days):yyyy-MM-dd}&to={to:yyyy-MM-dd}");
        foreach (var by in new[] { "by=day", "by=person", "by=tool", "by=token&account=acc_b7", "by=tool&account=acc_b7" })
        {
            var samples = new Samples();
            for (var i = 0; i < PageCalls; i++)
                await samples.TimeAsync(async () =>
                {
                    var answer = await person.GetAsync($"/api/v1/usage?{range}&{by}");
                    if (answer.Status != 200) throw new InvalidOperationException($"{by} answered {answer.Status}: {answer.Text}");
                });
            report.Add($"usage over HTTP, {by}, {Days} days", samples, p95: 300);
        }
        var page = new Samples();
        for (var i = 0; i < PageCalls; i++) await page.TimeAsync(() => person.Http.GetStringAsync(new Uri($"/usage?{range}&by=person", UriKind.Relative)));
        report.Add("the usage page itself with its charts, as HTML", page, p95: 300);
    }

    private static void Counting(Report report)
    {
        const int calls = 1_000_000;
        var counts = new UsageCounts(TimeProvider.System);
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) counts.Called($"acc_b{i % People}", null, UsageKinds.Tool, "workspace.list", "completed", TimeSpan.FromMilliseconds(i % 40));
        report.Add("counting one call", Stopwatch.GetElapsedTime(since).TotalMicroseconds / calls, "µs", atMost: 5);
    }

    /// <summary>A busy quarter of a year: every one of fifty people uses every one of 25 tools every day, at six speeds.</summary>
    private static IEnumerable<object?[]> Rows()
    {
        var first = TimeProvider.System.GetUtcNow().AddYears(-1).Date;
        for (var day = 0; day <= Days; day++)
        {
            var at = first.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            for (var tool = 0; tool < Tools; tool++)
                for (var speed = 0; speed < Classes; speed++)
                {
                    for (var person = 0; person < People; person++) yield return Row(at, $"acc_b{person}", $"tool.{tool}", 20 + speed, 3);
                    yield return Row(at, "*", $"tool.{tool}", 20 + speed, 3 * People);
                }
            for (var person = 0; person < People; person++)
                for (var speed = 0; speed < Classes; speed++) yield return Row(at, $"acc_b{person}", "*", 20 + speed, 3 * Tools);
        }
    }

    private static object?[] Row(string day, string account, string name, long bucket, long calls) => [day, account, "", "tool", name, bucket, calls, calls / 10, 0L, 0L, 0L];

    private sealed class AnyName : IUsageNames
    {
        public bool Has(string tool) => true;
    }
}

using System.Diagnostics;
using ControlChat.Bench.Stores;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Bench.Record;

/// <summary>P5: the chained record beside a raw durable append, and its page, verification and export with many rows.</summary>
internal static class RecordSpeed
{
    private const int Blocks = 5;
    private const int Each = 200;
    private const int PageCalls = 60;

    private static readonly (string Name, string Query)[] _queries =
    [
        ("newest", ""), ("one tool", "?tool=workspace.rename"), ("one event", "?event=tool.denied"), ("one workspace", "?workspace_id=ws_77"),
        ("one account", "?account=acc_1"), ("one run", "?run_id=run_777"), ("three filters", "?account=acc_1&tool=workspace.tag&outcome=denied"), ("far back", "?cursor=1000"),
        ("a month", "?from={from}&to={to}"), ("a month of one tool", "?from={from}&to={to}&tool=workspace.tag"),
        ("a word", "?text=Title"), ("a rare word", "?text=needle"), ("a word of old rows only", "?text=early"), ("a word and a filter", "?text=late&account=acc_1"),
    ];

    public static Task OnSqliteAsync(BenchOptions options, Report report) => MeasureAsync(SqliteStore.CreateAsync, options, report);

    public static Task OnPostgresAsync(BenchOptions options, Report report) => MeasureAsync(PostgresStore.CreateAsync, options, report);

    private static async Task MeasureAsync(Func<Task<IBenchStore>> make, BenchOptions options, Report report)
    {
        await using var store = await make();
        var since = Stopwatch.GetTimestamp();
        await store.CopyAsync("audit", RecordRows.Columns, RecordRows.Of(options.Rows));
        await store.SettleAsync();
        report.Note($"{options.Rows} rows on {store.Name} put in, hashed and chained in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s.");
        await AppendAsync(store, report);
        await WhileCatchingUpAsync(store, report);
        await IndexAsync(store, report);
        await using var hub = await store.StartHubAsync();
        using var person = await HubClient.SignInAsync(hub);
        await PagesAsync(person, _queries, "", report);
        await ExportAsync(hub, person, report);
        await hub.StopAsync();
        await VerifyAsync(hub, options.Rows, report);
    }

    private static async Task AppendAsync(IBenchStore store, Report report)
    {
        await using var database = store.Open();
        using var pulse = new AuditPulse();
        var trail = new AuditTrail(database, pulse);
        await using var raw = await store.RawAsync();
        var (chained, plain) = (new Samples(), new Samples());
        // A hub that serves has compiled what it runs.
        for (var i = 0; i < Each; i++) await trail.AppendAsync(RecordRows.Entry(i), CancellationToken.None);
        for (var i = 0; i < Each; i++) await raw.AppendAsync();
        for (var block = 0; block < Blocks; block++)
        {
            for (var i = 0; i < Each; i++) await chained.TimeAsync(() => trail.AppendAsync(RecordRows.Entry(i), CancellationToken.None));
            for (var i = 0; i < Each; i++) await plain.TimeAsync(raw.AppendAsync);
        }
        report.Add("append, chained", chained);
        report.Add($"append, raw durable {store.Name}", plain);
        report.Add("append, chained / raw, p50", chained.At(0.5) / plain.At(0.5), "x", atMost: 2);
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(lane => Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++) await trail.AppendAsync(RecordRows.Entry(lane), CancellationToken.None);
        })));
        report.Add("appends a second, 16 at once, each durable", 16 * 300 / Stopwatch.GetElapsedTime(since).TotalSeconds, "rows/s", atLeast: 3000);
    }

    /// <summary>A hub that finds the whole record without an index, as after a restore of the record alone: its pages must not wait for that.</summary>
    private static async Task WhileCatchingUpAsync(IBenchStore store, Report report)
    {
        await using var hub = await store.StartHubAsync();
        using var person = await HubClient.SignInAsync(hub);
        await PagesAsync(person, [.. _queries.Where(q => q.Name is "newest" or "one tool" or "three filters" or "a rare word")], ", index far behind", report);
        await hub.StopAsync();
    }

    private static async Task IndexAsync(IBenchStore store, Report report)
    {
        await using (var database = store.Open())
        {
            using var indexer = new AuditIndexer(database, TimeProvider.System, NullLogger<AuditIndexer>.Instance);
            var (batches, longest, rows, since) = (new Samples(), 0.0, 0L, Stopwatch.GetTimestamp());
            for (int taken; ; rows += taken)
            {
                var began = Stopwatch.GetTimestamp();
                taken = await indexer.IndexAsync(CancellationToken.None);
                if (taken == 0) break;
                batches.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            report.Add("one step of the indexer", batches);
            report.Add("the longest step", longest, "ms");
            report.Add("rows a second into the index", rows / Stopwatch.GetElapsedTime(since).TotalSeconds, "rows/s");
        }
        await store.SettleAsync();
    }

    private static async Task PagesAsync(HubClient person, (string Name, string Query)[] queries, string when, Report report)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = (Timestamps.Format(now.AddDays(-120)), Timestamps.Format(now.AddDays(-90)));
        // Here as well.
        for (var i = 0; i < PageCalls; i++) await person.GetAsync("/api/v1/audit");
        foreach (var (name, query) in queries)
        {
            var path = "/api/v1/audit" + query.Replace("{from}", from, StringComparison.Ordinal).Replace("{to}", to, StringComparison.Ordinal);
            var samples = new Samples();
            for (var i = 0; i < PageCalls; i++)
            {
                var answer = new HubAnswer(0, "");
                await samples.TimeAsync(async () => answer = await person.GetAsync(path));
                if (answer.Status != 200) throw new InvalidOperationException($"{path} answered {answer.Status}: {answer.Text}");
            }
            report.Add($"audit over HTTP, {name}{when}", samples, p95: 15);
        }
        var page = new Samples();
        for (var i = 0; i < PageCalls; i++) await page.TimeAsync(() => person.Http.GetStringAsync(new Uri("/audit", UriKind.Relative)));
        report.Add("the page itself with its chart, as HTML" + when, page);
    }

    private static async Task ExportAsync(HubProcess hub, HubClient person, Report report)
    {
        var (before, most) = (Machine.Memory(hub.ProcessId), 0.0);
        var since = Stopwatch.GetTimestamp();
        using var response = await person.Http.GetAsync(new Uri("/api/v1/audit/export?format=jsonl", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 20];
        long bytes = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0; bytes += read) most = Math.Max(most, Machine.Memory(hub.ProcessId));
        report.Add("export as JSON lines", Stopwatch.GetElapsedTime(since).TotalMilliseconds, "ms");
        report.Add("export size", bytes / 1048576.0, "MiB");
        report.Add("memory above the start during export", most - before, "MiB", atMost: 64);
    }

    private static async Task VerifyAsync(HubProcess hub, int rows, Report report)
    {
        var since = Stopwatch.GetTimestamp();
        var (code, output, errors) = await hub.RunAsync("audit", "verify");
        if (code != 0) throw new InvalidOperationException($"audit verify ended with {code}: {output}{errors}");
        report.Add("audit verify, the whole command, for each million rows", Stopwatch.GetElapsedTime(since).TotalMilliseconds * 1e6 / rows, "ms", atMost: 2000);
    }
}

using System.Diagnostics;
using ControlChat.Bench.Stores;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Bench.Record;

/// <summary>The policy's simulator over very many rows: how long it takes, what it costs a write beside it, and how soon it ends when it is cancelled.</summary>
internal static class PolicySpeed
{
    private const int Writes = 300;

    public static Task OnSqliteAsync(BenchOptions options, Report report) => MeasureAsync(SqliteStore.CreateAsync, options, report);

    public static Task OnPostgresAsync(BenchOptions options, Report report) => MeasureAsync(PostgresStore.CreateAsync, options, report);

    private static async Task MeasureAsync(Func<Task<IBenchStore>> make, BenchOptions options, Report report)
    {
        await using var store = await make();
        await store.CopyAsync("audit", RecordRows.Columns, PolicyRows.Of(options.Rows));
        await store.SettleAsync();
        await using var database = store.Open();
        using var pulse = new AuditPulse();
        var trail = new AuditTrail(database, pulse);
        var alone = await WriteAsync(trail);
        report.Add("a write alone", alone);

        using var run = Run(database);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var since = Stopwatch.GetTimestamp();
        run.Begin();
        var beside = await WriteAsync(trail);
        if (run.Work.IsCompleted) throw new InvalidOperationException("The simulation was over before the writes were: take more rows.");
        report.Add("a write beside a simulation", beside);
        report.Add("beside / alone, p50", beside.At(0.5) / alone.At(0.5), "x", atMost: 2);
        await run.Work;
        report.Add("a simulation over all rows", Stopwatch.GetElapsedTime(since).TotalSeconds, "s");
        report.Add("memory it keeps", (GC.GetTotalMemory(forceFullCollection: true) - memory) / 1048576.0, "MiB", atMost: 16);
        report.Note($"{run.Look.State}: {run.Look.Replayed} replayed, {run.Look.Unreplayable} not, {run.Look.Changed} would change, {run.Look.Listed} listed.");

        using var stopped = Run(database);
        stopped.Begin();
        await WriteAsync(trail);
        since = Stopwatch.GetTimestamp();
        stopped.Cancel();
        await stopped.Work;
        report.Add("from Cancel to its end", Stopwatch.GetElapsedTime(since).TotalMilliseconds, "ms", atMost: 1000);
    }

    private static SimulationRun Run(HubDatabase database)
    {
        var none = new Dictionary<string, string>();
        var rule = new PolicyRule("rul_1", "second_person") { Tool = "workspace.archive", Role = "member", Argument = new ArgumentCondition("workspace_id", "prefix", ["ws_1"]) };
        return new SimulationRun(database, TimeProvider.System, new PolicyRules(1, [], none, none), new PolicyRules(1, [rule], none, none), "", NullLogger.Instance);
    }

    private static async Task<Samples> WriteAsync(AuditTrail trail)
    {
        var samples = new Samples();
        for (var i = 0; i < Writes; i++) await samples.TimeAsync(() => trail.AppendAsync(RecordRows.Entry(i), CancellationToken.None));
        return samples;
    }
}

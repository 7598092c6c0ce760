using System.Diagnostics;
using ControlChat.Bench.Stores;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Bench.Record;

/// <summary>The trail of one thing and what it was like at a time, in a record with many rows, and what the table behind it costs the record.</summary>
internal static class TrailSpeed
{
    private const int Calls = 60;
    private const int Blocks = 5;
    private const int Each = 200;
    private const int RowsPerTransaction = 50_000;

    public static Task OnSqliteAsync(BenchOptions options, Report report) => MeasureAsync(SqliteStore.CreateAsync, options, report);

    public static Task OnPostgresAsync(BenchOptions options, Report report) => MeasureAsync(PostgresStore.CreateAsync, options, report);

    private static async Task MeasureAsync(Func<Task<IBenchStore>> make, BenchOptions options, Report report)
    {
        await using var store = await make();
        await using var hub = await store.StartHubAsync();
        string account;
        using (var person = await HubClient.SignInAsync(hub)) account = (await person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>();
        await hub.StopAsync();
        await FillAsync(store, options.Rows, account, report);
        await AppendAsync(store, report);
        await IndexAsync(store, report);
        await hub.StartAgainAsync();
        using var again = await HubClient.SignInAsync(hub);
        await AskAsync(again, report);
    }

    private static async Task FillAsync(IBenchStore store, int rows, string account, Report report)
    {
        var since = Stopwatch.GetTimestamp();
        var (last, hash) = await HeadAsync(store);
        await store.CopyAsync("audit", RecordRows.Columns, TrailRows.Of(last, hash, rows, account));
        await ListAsync(store);
        await store.CopyAsync("actions", ["id", "tool", "plan_id", "account_id", "summary", "compensation", "versions", "applied_at"], TrailRows.Actions(rows, account));
        foreach (var id in new[] { TrailRows.Hot, TrailRows.Usual })
        {
            await store.CopyAsync("workspaces", ["id", "title", "title_key", "state", "tags", "version", "created_at", "created_by", "updated_at"],
                [[id, "t", "t", "active", "[]", (long)rows, "2026-01-01T00:00:00.000Z", account, "2026-01-01T00:00:00.000Z"]]);
            await store.CopyAsync("workspace_members", ["workspace_id", "account_id", "role", "state", "updated_at"], [[id, account, "owner", "active", "2026-01-01T00:00:00.000Z"]]);
        }
        await store.SettleAsync();
        report.Note($"{rows} rows on {store.Name} put in, hashed and chained in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s.");
    }

    // The lists have a measurement of their own; here they are there.
    private static async Task ListAsync(IBenchStore store)
    {
        await using var database = store.Open();
        for (var (after, listed) = (0L, RowsPerTransaction); listed > 0; after += RowsPerTransaction)
        {
            await using var part = await database.BeginAsync(CancellationToken.None);
            listed = await part.ExecuteAsync(
                """
                insert into audit_fields (seq, at, event, outcome, account, tool, workspace_id, run_id, action_id)
                select seq, at, event, outcome, account, tool, workspace_id, run_id, action_id from audit where seq > @after and seq <= @after + @RowsPerTransaction on conflict do nothing
                """, new { after, RowsPerTransaction }, CancellationToken.None);
            await part.CommitAsync(CancellationToken.None);
        }
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await transaction.ExecuteAsync(
            "insert into hub_facts (name, value) select 'audit_indexed_seq', cast(max(seq) as text) from audit where true on conflict (name) do update set value = excluded.value", null, CancellationToken.None);
        // Of the hub's first moments.
        await transaction.ExecuteAsync("delete from hub_facts where name = 'audit_effects'", null, CancellationToken.None);
        await transaction.ExecuteAsync("delete from audit_effects", null, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private static async Task<(long Last, string Hash)> HeadAsync(IBenchStore store)
    {
        await using var database = store.Open();
        await using var reader = await database.ReadAsync(CancellationToken.None);
        var last = await reader.FindAsync<long>("select coalesce(max(seq), 0) from audit", null, CancellationToken.None);
        return (last, await reader.FindAsync<string>("select hash from audit where seq = @last", new { last }, CancellationToken.None) ?? AuditChain.Start);
    }

    /// <summary>Appends beside an indexer that keeps the lists alone, beside one that keeps the changes as well, and while a million old ones are taken in.</summary>
    private static async Task AppendAsync(IBenchStore store, Report report)
    {
        await using var database = store.Open();
        using var pulse = new AuditPulse();
        var trail = new AuditTrail(database, pulse);
        using var indexer = new AuditIndexer(database, TimeProvider.System, NullLogger<AuditIndexer>.Instance);
        var effects = new AuditEffectIndexer(database);
        var (lists, changes, old) = (new Samples(), new Samples(), new Samples());
        await effects.NewerAsync(CancellationToken.None);
        for (var i = 0; i < Each; i++) await trail.AppendAsync(TrailRows.Entry(i, Each, "acc_1"), CancellationToken.None);
        for (var block = 0; block < Blocks; block++)
        {
            await BesideAsync(() => indexer.IndexAsync(CancellationToken.None), lists, rests: 1);
            await BesideAsync(async () => await indexer.IndexAsync(CancellationToken.None) + await effects.NewerAsync(CancellationToken.None), changes, rests: 1);
            await BesideAsync(() => effects.OlderAsync(CancellationToken.None), old, AuditEffectIndexer.Rests);
        }
        report.Add("append, beside the lists", lists);
        report.Add("append, beside the lists and the changes", changes);
        report.Add("append, while old changes are taken in", old);
        report.Add("with / without the changes, p50", changes.At(0.5) / lists.At(0.5), "x", atMost: 1.25);

        async Task BesideAsync(Func<Task<int>> step, Samples samples, int rests)
        {
            using var stop = new CancellationTokenSource();
            var beside = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var since = Stopwatch.GetTimestamp();
                    var taken = await step();
                    // With nothing more to do the hub looks again in two seconds; here it is a tenth of that.
                    await Task.Delay(taken == AuditEffectIndexer.Batch ? Stopwatch.GetElapsedTime(since) * rests : TimeSpan.FromMilliseconds(200));
                }
            });
            for (var i = 0; i < Each; i++) await samples.TimeAsync(() => trail.AppendAsync(TrailRows.Entry(i, Each, "acc_1"), CancellationToken.None));
            await stop.CancelAsync();
            await beside;
        }
    }

    private static async Task IndexAsync(IBenchStore store, Report report)
    {
        await using (var database = store.Open())
        {
            var effects = new AuditEffectIndexer(database);
            while (await effects.NewerAsync(CancellationToken.None) > 0) { }
            var (bites, rows, since) = (new Samples(), 0L, Stopwatch.GetTimestamp());
            for (int taken; ; rows += taken)
            {
                var began = Stopwatch.GetTimestamp();
                taken = await effects.OlderAsync(CancellationToken.None);
                if (taken == 0) break;
                bites.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            report.Add("one bite of old changes", bites);
            report.Add("rows a second into the table of changes", rows / Stopwatch.GetElapsedTime(since).TotalSeconds, "rows/s");
        }
        await store.SettleAsync();
    }

    private static async Task AskAsync(HubClient person, Report report)
    {
        var (old, recent) = (Timestamps.Format(TimeProvider.System.GetUtcNow().AddDays(-200)), Timestamps.Format(TimeProvider.System.GetUtcNow().AddHours(-1)));
        var (hot, usual) = ($"workspace/{TrailRows.Hot}", $"workspace/{TrailRows.Usual}");
        (string Name, string Path)[] asked =
        [
            ("history, a usual workspace", $"?resource={usual}"), ("history, one field of it", $"?resource={usual}&field=tags"), ("history, far back", $"?resource={usual}&cursor=50000"),
            ("history, 200 changes at once", $"?resource={usual}&limit=200"), ("history, a workspace of 200,000 changes", $"?resource={hot}"),
            ("history, the field of it that changed three times", $"?resource={hot}&field=title"), ("history, a setting", "?resource=setting/Logs:Days"),
            ("as of, a usual workspace, an hour ago", $"/as-of?resource={usual}&at={recent}"), ("as of, a usual workspace, long ago", $"/as-of?resource={usual}&at={old}"),
            ("as of, a workspace of 200,000 changes", $"/as-of?resource={hot}&at={old}"), ("as of, its people", $"/as-of?resource=member/{TrailRows.Hot}&at={old}"),
        ];
        // A hub that serves has compiled what it runs.
        foreach (var (_, path) in asked)
            for (var i = 0; i < Calls / 3; i++) await GetAsync(person, path);
        foreach (var (name, path) in asked)
        {
            var samples = new Samples();
            for (var i = 0; i < Calls; i++) await samples.TimeAsync(() => GetAsync(person, path));
            report.Add($"{name}, over HTTP", samples, p95: 200);
        }
    }

    private static async Task GetAsync(HubClient person, string path)
    {
        var answer = await person.GetAsync("/api/v1/history" + path);
        if (answer.Status != 200 || (answer.Json["items"]?.AsArray().Count ?? 1) == 0) throw new InvalidOperationException($"{path} answered {answer.Status}: {answer.Text}");
    }
}

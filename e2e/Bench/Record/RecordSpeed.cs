using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Harness;
using Microsoft.Data.Sqlite;

namespace ControlChat.Bench;

/// <summary>P5: the chained record beside a raw durable append, and its page, verification and export with many rows.</summary>
internal static class RecordSpeed
{
    private const int Blocks = 5;
    private const int Each = 200;

    private static readonly (string Name, string Query)[] _pages =
    [
        ("newest", ""), ("one tool", "?tool=workspace.rename"), ("one event", "?event=tool.denied"), ("one workspace", "?workspace_id=ws_77"),
        ("one account", "?account=acc_1"), ("a day", "?from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"), ("a word", "?text=Title"), ("a rare word", "?text=needle"),
    ];

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        var home = Directory.CreateTempSubdirectory("controlchat-bench-");
        try
        {
            await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Limits:RequestsPerMinute"] = "1000000" }, home.FullName);
            await hub.StopAsync();
            await AppendAsync(hub.DatabasePath, Path.Combine(home.FullName, "raw.db"), options.Rows, report);
            await hub.StartAgainAsync();
            using var person = await HubClient.SignInAsync(hub);
            await PagesAsync(person, report);
            await ExportAsync(hub, person, report);
            await hub.StopAsync();
            var since = Stopwatch.GetTimestamp();
            var (code, output, errors) = await hub.RunAsync("audit", "verify");
            if (code != 0) throw new InvalidOperationException($"audit verify ended with {code}: {output}{errors}");
            report.Add($"audit verify, {options.Rows} rows, the whole command", Stopwatch.GetElapsedTime(since).TotalMilliseconds, "ms");
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task AppendAsync(string path, string rawPath, int rows, Report report)
    {
        await using var database = new SqliteHubDatabase(path, TimeProvider.System);
        using var pulse = new AuditPulse();
        var trail = new AuditTrail(database, pulse);
        await FillAsync(database, trail, rows);
        using var raw = Raw(rawPath);
        var (chained, plain) = (new Samples(), new Samples());
        for (var block = 0; block < Blocks; block++)
        {
            for (var i = 0; i < Each; i++) await chained.TimeAsync(() => trail.AppendAsync(Entry(i), CancellationToken.None));
            for (var i = 0; i < Each; i++) await plain.TimeAsync(() => RawAppendAsync(raw));
        }
        report.Add($"append, chained, at {rows} rows", chained);
        report.Add("append, raw durable SQLite", plain);
        report.Add("ratio p50, chained / raw (goal 2)", chained.At(0.5) / plain.At(0.5), "x");
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(lane => Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++) await trail.AppendAsync(Entry(lane), CancellationToken.None);
        })));
        report.Add("appends a second, 16 at once, each durable", 16 * 300 / Stopwatch.GetElapsedTime(since).TotalSeconds, "rows/s");
    }

    private static async Task FillAsync(SqliteHubDatabase database, AuditTrail trail, int rows)
    {
        for (var done = 0; done < rows;)
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            for (var i = 0; i < 5_000 && done < rows; i++, done++) await trail.AppendAsync(transaction, Entry(done), CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    private static async Task PagesAsync(HubClient person, Report report)
    {
        // The index of the record is built in the background; a page must not be measured against half of it.
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
        foreach (var (name, query) in _pages)
        {
            var samples = new Samples();
            for (var i = 0; i < 60; i++)
            {
                var answer = new HubAnswer(0, "");
                await samples.TimeAsync(async () => answer = await person.GetAsync("/api/v1/audit" + query));
                if (answer.Status != 200) throw new InvalidOperationException($"/api/v1/audit{query} answered {answer.Status}: {answer.Text}");
            }
            report.Add($"audit page over HTTP, {name} (goal p95 15)", samples);
        }
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
        report.Add("memory above the start during export", most - before, "MiB");
    }

    private static AuditEntry Entry(int number) => new(number % 50 == 0 ? "tool.denied" : "tool.applied", number % 50 == 0 ? "denied" : "completed", new AuditActor($"acc_{number % 7}", null, null, "rest"))
    {
        Tool = number % 3 == 0 ? "workspace.rename" : "workspace.tag",
        WorkspaceId = $"ws_{number % 1000}",
        Data = new JsonObject { ["arguments"] = new JsonObject { ["title"] = number % 10_000 == 9_999 ? "needle" : $"Title {number}" } },
    };

    private static SqliteConnection Raw(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode=wal; pragma synchronous=full; create table row (seq integer primary key, body text not null)";
        command.ExecuteNonQuery();
        return connection;
    }

    private static Task<int> RawAppendAsync(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "insert into row (body) values (@body)";
        command.Parameters.AddWithValue("@body", new string('x', 600));
        return command.ExecuteNonQueryAsync();
    }
}

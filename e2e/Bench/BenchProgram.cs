using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ControlChat.Bench.Circuits;
using ControlChat.Bench.Documents;
using ControlChat.Bench.Record;
using ControlChat.Bench.Relay;
using ControlChat.Bench.Sessions;
using ControlChat.Bench.Terminals;
using ControlChat.Bench.Workspaces;
using ControlChat.Core.Hub;

namespace ControlChat.Bench;

/// <summary>
/// <c>dotnet run --project e2e/Bench -c Release -- [P1 P3 P5 …] [--peers DIR] [--runs N] [--rows N] [--app DIR]</c>.
/// Product and peer alternate in blocks of the same run, with everything switched on that production has. <c>P5</c> stands for all whose
/// names begin so; without a name all run, each a few minutes. Prints a table and writes <c>results/*.json</c> beside the project.
/// Compare ratios, not days.
/// </summary>
public static class BenchProgram
{
    private static readonly IReadOnlyDictionary<string, Func<BenchOptions, Report, Task>> _all = new Dictionary<string, Func<BenchOptions, Report, Task>>(StringComparer.OrdinalIgnoreCase)
    {
        ["P1"] = AgentRun.MeasureAsync,
        ["P2"] = TerminalEcho.MeasureAsync,
        ["P3"] = RelaySpeed.MeasureAsync,
        ["P4"] = SectionSpeed.MeasureAsync,
        ["P5-sqlite"] = RecordSpeed.OnSqliteAsync,
        ["P5-postgres"] = RecordSpeed.OnPostgresAsync,
        ["P6"] = CircuitCost.MeasureAsync,
        ["P7-sqlite"] = WorkspaceSpeed.OnSqliteAsync,
        ["P7-postgres"] = WorkspaceSpeed.OnPostgresAsync,
        ["P8"] = DescribeSpeed.MeasureAsync,
        ["P9"] = SessionStart.MeasureAsync,
        ["P10"] = ColdStart.MeasureAsync,
        ["policy-sqlite"] = PolicySpeed.OnSqliteAsync,
        ["policy-postgres"] = PolicySpeed.OnPostgresAsync,
        ["trail-sqlite"] = TrailSpeed.OnSqliteAsync,
        ["trail-postgres"] = TrailSpeed.OnPostgresAsync,
        ["usage-sqlite"] = UsageSpeed.OnSqliteAsync,
        ["usage-postgres"] = UsageSpeed.OnPostgresAsync,
    };

    private static readonly JsonSerializerOptions _readable = new(Json.Wire) { WriteIndented = true };

    public static async Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is [RelayClients.Command, ..]) return await RelayClients.RunAsync(args);
        var named = args.TakeWhile(a => !a.StartsWith("--", StringComparison.Ordinal)).ToList();
        if (named.Find(n => !_all.Keys.Any(k => Means(n, k))) is { } unknown)
        {
            Console.Error.WriteLine($"Unknown: {unknown}. Use {string.Join(' ', _all.Keys)} [--peers DIR] [--runs N] [--rows N] [--app DIR].");
            return 64;
        }
        var options = new BenchOptions(Value(args, "--peers"), Number(args, "--runs") ?? 200, Number(args, "--rows") ?? 1_000_000, Value(args, "--app"));
        var report = new Report();
        var failed = 0;
        foreach (var id in _all.Keys.Where(k => named.Count == 0 || named.Exists(n => Means(n, k))))
        {
            report.Begin(id);
            var since = Stopwatch.GetTimestamp();
            try
            {
                await _all[id](options, report);
                report.Note($"took {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s");
            }
#pragma warning disable CA1031 // One that breaks must not cost the figures of the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failed++;
                report.Note($"FAILED: {e.Message}");
                Console.Error.WriteLine(e);
            }
        }
        report.Print();
        var path = Path.Combine(Results(), $"bench-{TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { Machine = Machine.Describe(), report.Lines }, _readable) + "\n");
        Console.WriteLine($"{Machine.Describe()}\nwritten: {Path.GetRelativePath(Directory.GetCurrentDirectory(), path)}");
        return failed == 0 ? 0 : 1;
    }

    private static bool Means(string name, string id) => id.Equals(name, StringComparison.OrdinalIgnoreCase) || id.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase);

    /// <summary><c>e2e/Bench/results</c>, which git ignores.</summary>
    private static string Results()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Bench.csproj"))) folder = folder.Parent;
        return Directory.CreateDirectory(Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "results")).FullName;
    }

    private static string? Value(string[] args, string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

    private static int? Number(string[] args, string name) => Value(args, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <param name="Peers">A folder with the peers' <c>node_modules</c>; null: only the floor is measured beside the product.</param>
/// <param name="Runs">Measured runs of each side.</param>
/// <param name="Rows">Rows on the record for P5, policy, trail and usage.</param>
/// <param name="App">A folder with the published app for P10; null: the one built beside this program.</param>
public sealed record BenchOptions(string? Peers, int Runs, int Rows, string? App);

using System.Globalization;
using System.Text.Json;
using ControlChat.Core.Hub;

namespace ControlChat.Bench;

/// <summary>
/// <c>dotnet run --project e2e/Bench -c Release -- [P1 P5 P10] [--peers DIR] [--runs N] [--rows N] [--app DIR]</c>.
/// Product and peer alternate in blocks of the same run, with everything switched on that production has.
/// Prints a table and writes <c>results/*.json</c> beside the project. Compare ratios, not days.
/// </summary>
public static class BenchProgram
{
    private static readonly IReadOnlyDictionary<string, Func<BenchOptions, Report, Task>> _all = new Dictionary<string, Func<BenchOptions, Report, Task>>(StringComparer.OrdinalIgnoreCase)
    {
        ["P1"] = AgentRun.MeasureAsync,
        ["P5"] = RecordSpeed.MeasureAsync,
        ["P10"] = ColdStart.MeasureAsync,
    };

    private static readonly JsonSerializerOptions _readable = new(Json.Wire) { WriteIndented = true };

    public static async Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var unknown = args.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && !_all.ContainsKey(a) && (i == 0 || !args[i - 1].StartsWith("--", StringComparison.Ordinal))).ToList();
        if (unknown.Count > 0)
        {
            Console.Error.WriteLine($"Unknown: {string.Join(' ', unknown)}. Use {string.Join(' ', _all.Keys)} [--peers DIR] [--runs N] [--rows N] [--app DIR].");
            return 64;
        }
        var options = new BenchOptions(Value(args, "--peers"), Number(args, "--runs") ?? 200, Number(args, "--rows") ?? 1_000_000, Value(args, "--app"));
        var chosen = _all.Keys.Where(k => args.Contains(k, StringComparer.OrdinalIgnoreCase)).ToList();
        var report = new Report();
        foreach (var id in chosen.Count > 0 ? chosen : _all.Keys)
        {
            report.Begin(id);
            await _all[id](options, report);
        }
        report.Print();
        var path = Path.Combine(Results(), $"bench-{TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(report.Lines, _readable) + "\n");
        Console.WriteLine($"written: {Path.GetRelativePath(Directory.GetCurrentDirectory(), path)}");
        return 0;
    }

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
/// <param name="Rows">Rows on the record for P5.</param>
/// <param name="App">A folder with the published app for P10; null: the one built beside this program.</param>
public sealed record BenchOptions(string? Peers, int Runs, int Rows, string? App);

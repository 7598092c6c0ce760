using System.Globalization;

namespace ControlChat.Bench;

/// <summary>The lines of the table. A line with a goal says whether it was met; only on a quiet machine does that mean something.</summary>
public sealed class Report
{
    private string _goal = "";

    public List<ReportLine> Lines { get; } = [];

    public void Begin(string goal)
    {
        _goal = goal;
        Console.WriteLine($"{goal} …");
    }

    /// <summary>A distribution in milliseconds.</summary>
    /// <param name="p50">At most, for the median; null: no goal.</param>
    /// <param name="p95">At most, for the 95th percentile; null: no goal.</param>
    public void Add(string what, Samples samples, double? p50 = null, double? p95 = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count == 0)
        {
            Write(new ReportLine(_goal, what, "ms", 0, null, null, null, Machine.Load, p50 is null && p95 is null ? null : "some", p50 is null && p95 is null ? null : false));
            return;
        }
        var (middle, high) = (samples.At(0.50), samples.At(0.95));
        var goal = string.Join(", ", new[] { p50 is null ? null : $"p50 ≤ {Text(p50)}", p95 is null ? null : $"p95 ≤ {Text(p95)}" }.OfType<string>());
        Write(new ReportLine(_goal, what, "ms", samples.Count, middle, high, samples.At(0.99), Machine.Load, goal.Length == 0 ? null : goal, goal.Length == 0 ? null : !(middle > p50) && !(high > p95)));
    }

    /// <summary>A single number.</summary>
    public void Add(string what, double value, string unit, double? atMost = null, double? atLeast = null)
    {
        var goal = atMost is not null ? $"≤ {Text(atMost)}" : atLeast is not null ? $"≥ {Text(atLeast)}" : null;
        Write(new ReportLine(_goal, what, unit, 1, Math.Round(value, 3), null, null, Machine.Load, goal, goal is null ? null : !(value > atMost) && !(value < atLeast)));
    }

    public void Note(string text) => Write(new ReportLine(_goal, text, "note", 0, null, null, null, Machine.Load, null, null));

    public void Print()
    {
        Console.WriteLine($"\n{"goal",-14}{"what",-62}{"p50",10}{"p95",10}{"p99",10}  {"unit",-7}{"n",7}{"load",7}  goal");
        foreach (var line in Lines) Console.WriteLine(Row(line));
        Console.WriteLine($"goals met: {Lines.Count(l => l.Met == true)} of {Lines.Count(l => l.Met is not null)}");
    }

    // Shown as it comes: who stops a long run has what was measured so far.
    private void Write(ReportLine line)
    {
        Lines.Add(line);
        Console.WriteLine(Row(line));
    }

    private static string Row(ReportLine line) => line.Unit == "note"
        ? $"{line.Goal,-14}{line.What}"
        : $"{line.Goal,-14}{line.What,-62}{Text(line.P50),10}{Text(line.P95),10}{Text(line.P99),10}  {line.Unit,-7}{line.N,7}{line.Load.ToString("0.0", CultureInfo.InvariantCulture),7}"
            + (line.Met is null ? "" : $"  {line.Target} {(line.Met == true ? "met" : "MISSED")}");

    private static string Text(double? value) => value?.ToString(value >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture) ?? "";
}

/// <param name="P50">The median, or the one number.</param>
/// <param name="Target">The goal in words; null: none.</param>
/// <param name="Met">Whether it was met.</param>
public sealed record ReportLine(string Goal, string What, string Unit, int N, double? P50, double? P95, double? P99, double Load, string? Target, bool? Met);

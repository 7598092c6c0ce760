using System.Globalization;

namespace ControlChat.Bench;

/// <summary>The lines of the table.</summary>
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
    public void Add(string what, Samples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Lines.Add(new ReportLine(_goal, what, "ms", samples.Count, samples.At(0.50), samples.At(0.95), samples.At(0.99), Machine.Load));
    }

    /// <summary>A single number.</summary>
    public void Add(string what, double value, string unit) => Lines.Add(new ReportLine(_goal, what, unit, 1, Math.Round(value, 3), null, null, Machine.Load));

    public void Note(string text) => Lines.Add(new ReportLine(_goal, text, "note", 0, null, null, null, Machine.Load));

    public void Print()
    {
        Console.WriteLine($"{"goal",-5}{"what",-58}{"p50",10}{"p95",10}{"p99",10}  {"unit",-7}{"n",7}{"load",7}");
        foreach (var line in Lines)
        {
            Console.WriteLine(line.Unit == "note"
                ? $"{line.Goal,-5}{line.What}"
                : $"{line.Goal,-5}{line.What,-58}{Text(line.P50),10}{Text(line.P95),10}{Text(line.P99),10}  {line.Unit,-7}{line.N,7}{line.Load.ToString("0.0", CultureInfo.InvariantCulture),7}");
        }
    }

    private static string Text(double? value) => value?.ToString(value >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture) ?? "";
}

public sealed record ReportLine(string Goal, string What, string Unit, int N, double? P50, double? P95, double? P99, double Load);

using System.Diagnostics;

namespace ControlChat.Bench;

/// <summary>Measured times in milliseconds.</summary>
public sealed class Samples
{
    private readonly List<double> _all = [];

    public int Count => _all.Count;

    public void Add(double milliseconds) => _all.Add(milliseconds);

    public void AddRange(IEnumerable<double> milliseconds) => _all.AddRange(milliseconds);

    /// <summary>The value below which the given part of the samples lies; NaN without samples.</summary>
    public double At(double part)
    {
        if (_all.Count == 0) return double.NaN;
        var sorted = _all.Order().ToList();
        return Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(part * sorted.Count))], 3);
    }

    public async Task TimeAsync(Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var since = Stopwatch.GetTimestamp();
        await action();
        Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }
}

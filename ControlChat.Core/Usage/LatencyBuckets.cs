namespace ControlChat.Core.Usage;

/// <summary>
/// Times counted in classes, each a fifth longer than the one before, from a tenth of a millisecond to three days. What is read from them
/// is the middle of a class, so it is at most 9.6 % beside the time itself; below a tenth of a millisecond it is at most that.
/// </summary>
public static class LatencyBuckets
{
    /// <summary>How many classes there are.</summary>
    public const int Count = 120;

    /// <summary>The class of what has no time.</summary>
    public const int None = -1;

    private const double Least = 0.1;
    private const double Step = 1.2;

    /// <param name="took">Longer than the last class is counted there, shorter than the first there.</param>
    public static int Of(TimeSpan took) => took.TotalMilliseconds <= Least ? 0 : Math.Min(Count - 1, (int)(Math.Log(took.TotalMilliseconds / Least) / Math.Log(Step)));

    /// <summary>The time that <paramref name="share"/> of the counted ones do not exceed, in milliseconds; null when none was counted.</summary>
    /// <param name="counts">How many of each class.</param>
    /// <param name="share">0.5 for the median, 0.95 for the 95th percentile: the nearest rank.</param>
    public static double? Percentile(ReadOnlySpan<long> counts, double share)
    {
        var all = 0L;
        foreach (var count in counts) all += count;
        if (all == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * all));
        var bucket = 0;
        for (var seen = counts[0]; seen < rank; seen += counts[bucket]) bucket++;
        return Least * Math.Pow(Step, bucket + 0.5);
    }
}

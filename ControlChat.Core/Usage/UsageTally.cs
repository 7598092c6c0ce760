namespace ControlChat.Core.Usage;

/// <summary>Adds up rows of the table to the figures of one thing.</summary>
internal sealed class UsageTally
{
    private readonly long[] _calls = new long[LatencyBuckets.Count];
    private readonly long[] _runs = new long[LatencyBuckets.Count];
    private UsageSum _tools;
    private UsageSum _ran;
    private UsageSum _sessions;

    public void Add(string kind, int bucket, UsageSum sum)
    {
        switch (kind)
        {
            case UsageKinds.Run:
                _ran += sum;
                Count(_runs, bucket, sum.Calls);
                break;
            case UsageKinds.Session:
                _sessions += sum;
                break;
            default:
                _tools += sum;
                Count(_calls, bucket, sum.Calls);
                break;
        }
    }

    public UsageFigures Figures => new()
    {
        Runs = _ran.Calls,
        RunsFailed = _ran.Errors,
        RunP50Ms = LatencyBuckets.Percentile(_runs, 0.5),
        RunP95Ms = LatencyBuckets.Percentile(_runs, 0.95),
        Calls = _tools.Calls,
        Errors = _tools.Errors,
        P50Ms = LatencyBuckets.Percentile(_calls, 0.5),
        P95Ms = LatencyBuckets.Percentile(_calls, 0.95),
        TokensIn = _ran.TokensIn + _sessions.TokensIn,
        TokensOut = _ran.TokensOut + _sessions.TokensOut,
        Sessions = _sessions.Calls,
        SessionsFailed = _sessions.Errors,
        SessionSeconds = _sessions.Milliseconds / 1000,
    };

    private static void Count(long[] counts, int bucket, long calls)
    {
        if (bucket is >= 0 and < LatencyBuckets.Count) counts[bucket] += calls;
    }
}

namespace ControlChat.Core.Usage;

/// <summary>What is counted together.</summary>
/// <param name="Day">UTC, <c>2026-11-27</c>.</param>
/// <param name="Token">The API token's id; empty for a browser, and for what has none.</param>
/// <param name="Kind">One of <see cref="UsageKinds"/>.</param>
/// <param name="Bucket">One of <see cref="LatencyBuckets"/>.</param>
internal readonly record struct UsageKey(string Day, string Account, string Token, string Kind, string Name, int Bucket);

/// <summary>Numbers to be added.</summary>
/// <param name="Calls">Calls, runs or sessions.</param>
/// <param name="Milliseconds">Of sessions, how long they were.</param>
internal readonly record struct UsageSum(long Calls, long Errors, long TokensIn = 0, long TokensOut = 0, long Milliseconds = 0)
{
    public static UsageSum operator +(UsageSum a, UsageSum b) =>
        new(a.Calls + b.Calls, a.Errors + b.Errors, a.TokensIn + b.TokensIn, a.TokensOut + b.TokensOut, a.Milliseconds + b.Milliseconds);
}

using System.Collections.Concurrent;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.SignIn;

/// <summary>Counts refused sign-ins, for a minute each: a flood of them is one fact, and rows of the record are for ever.</summary>
public sealed partial class Refusals(TimeProvider time, ILogger<Refusals> logger)
{
    private const int RowsAMinute = 5;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (long Since, int Count)> _refused = new();

    /// <summary>Counts a refusal. What gets no row is counted in the metric and logged all the same.</summary>
    /// <param name="reason">As on the record.</param>
    /// <param name="network">Where from.</param>
    /// <param name="whom">Whose refusals count together; null: those for this reason from this network.</param>
    internal bool IsWorthARow(string reason, string network, string? whom = null)
    {
        if (Count(whom ?? $"{reason} {network}") <= RowsAMinute) return true;
        Meters.SignInFailed(reason);
        LogNoRow(reason, network);
        return false;
    }

    /// <param name="whom">As for <see cref="IsWorthARow"/>.</param>
    /// <returns>After how many seconds somebody who was refused so often in a minute is looked at again; null: now.</returns>
    internal int? Wait(string whom, int most) =>
        _refused.TryGetValue(whom, out var c) && c.Count >= most && Minute - time.GetElapsedTime(c.Since) is var left && left > TimeSpan.Zero ? Math.Max(1, (int)Math.Ceiling(left.TotalSeconds)) : null;

    private int Count(string whom)
    {
        var now = time.GetTimestamp();
        foreach (var (key, (since, _)) in _refused)
            if (time.GetElapsedTime(since, now) >= Minute) _refused.TryRemove(key, out _);
        return _refused.AddOrUpdate(whom, _ => (now, 1), (_, c) => (c.Since, c.Count + 1)).Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A sign-in from {Network} failed: {Reason}. There were several in this minute; this one has no row on the record.")]
    private partial void LogNoRow(string reason, string network);
}

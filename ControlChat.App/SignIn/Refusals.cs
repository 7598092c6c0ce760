using ControlChat.Core.Accounts;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.SignIn;

/// <summary>
/// Counts refused sign-ins, for a minute each: a flood of them is one fact, and rows of the record are for ever.
/// Every row says how many before it had none, so that rows and what they say add up to all there were.
/// </summary>
public sealed partial class Refusals(TimeProvider time, ILogger<Refusals> logger)
{
    private const int RowsAMinute = 5;
    private const int RowsAMinuteOfAll = 100;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Remember = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tally> _whose = [];
    private readonly Dictionary<string, Tally> _all = [];
    private long _swept;

    /// <summary>Counts a refusal. What gets no row is counted in the metric and logged all the same.</summary>
    /// <param name="reason">As on the record.</param>
    /// <param name="network">Where from.</param>
    /// <param name="whom">Whose refusals count together; null: those for this reason from this network.</param>
    /// <returns>As <see cref="RowForRefusal"/>: it tells of those of <paramref name="whom"/>, and of those of anybody for this reason that were too many for the hub.</returns>
    internal RefusalRow? RowFor(string reason, string network, string? whom = null)
    {
        whom ??= $"{reason} {network}";
        if (Count(reason, whom) is var (own, all)) return new RefusalRow(own + all, () => GiveBack(reason, network, whom, own, all));
        Meters.SignInFailed(reason);
        LogNoRow(reason, network);
        return null;
    }

    /// <param name="whom">As for <see cref="RowFor"/>.</param>
    /// <returns>After how many seconds somebody who was refused so often in a minute is looked at again; null: now.</returns>
    internal int? Wait(string whom, int most)
    {
        lock (_lock)
            return _whose.TryGetValue(whom, out var tally) && tally.Refused >= most && Minute - time.GetElapsedTime(tally.Since) is var left && left > TimeSpan.Zero ? Math.Max(1, (int)Math.Ceiling(left.TotalSeconds)) : null;
    }

    private (int Own, int All)? Count(string reason, string whom)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            Sweep(now);
            var (own, all) = (Find(_whose, whom, now), Find(_all, reason, now));
            own.Reason = reason;
            own.Refused++;
            if (own.Rows < RowsAMinute && all.Rows < RowsAMinuteOfAll)
            {
                var leftOut = (own.LeftOut, all.LeftOut);
                (own.Rows, own.LeftOut, all.Rows, all.LeftOut) = (own.Rows + 1, 0, all.Rows + 1, 0);
                return leftOut;
            }
            // Only who had their own rows is remembered by name: strangers have more networks than the hub has memory.
            var teller = own.Rows < RowsAMinute ? all : own;
            teller.LeftOut++;
            return null;
        }
    }

    // What a row was to tell, and the refusal that was to have it.
    private void GiveBack(string reason, string network, string whom, int own, int all)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var tally = Find(_whose, whom, now);
            (tally.Reason, tally.LeftOut) = (reason, tally.LeftOut + own + 1);
            Find(_all, reason, now).LeftOut += all;
        }
        LogNotWritten(reason, network);
    }

    private Tally Find(Dictionary<string, Tally> tallies, string key, long now)
    {
        if (!tallies.TryGetValue(key, out var tally)) tallies[key] = tally = new Tally { Since = now };
        if (time.GetElapsedTime(tally.Since, now) >= Minute) (tally.Since, tally.Refused, tally.Rows) = (now, 0, 0);
        return tally;
    }

    private void Sweep(long now)
    {
        if (time.GetElapsedTime(_swept, now) < Minute) return;
        _swept = now;
        foreach (var (whom, tally) in _whose)
        {
            if (time.GetElapsedTime(tally.Since, now) < (tally.LeftOut == 0 ? Minute : Remember)) continue;
            Find(_all, tally.Reason, now).LeftOut += tally.LeftOut;
            _whose.Remove(whom);
        }
    }

    private sealed class Tally
    {
        public long Since { get; set; }

        public string Reason { get; set; } = "";

        public int Refused { get; set; }

        public int Rows { get; set; }

        public int LeftOut { get; set; }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A sign-in from {Network} failed: {Reason}. There were several in this minute; this one has no row on the record.")]
    private partial void LogNoRow(string reason, string network);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in from {Network} failed: {Reason}. Its row could not be written; the next one tells of it.")]
    private partial void LogNotWritten(string reason, string network);
}

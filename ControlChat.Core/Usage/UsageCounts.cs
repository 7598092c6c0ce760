namespace ControlChat.Core.Usage;

/// <summary>
/// Calls counted in memory, so that none of them writes; <see cref="UsageFlush"/> brings them into the database. However long that is away,
/// this holds no more than <see cref="Most"/> numbers: of what comes beyond them, only that it was is kept.
/// </summary>
public sealed class UsageCounts(TimeProvider time)
{
    internal const int Most = 20_000;

    /// <summary>Whose calls are counted without saying whose, once there is no room.</summary>
    internal const string Nobody = "";

    /// <summary>The name of calls for which there was no room.</summary>
    internal const string Others = "others";

    private readonly Lock _lock = new();
    private Dictionary<UsageKey, UsageSum> _sums = [];

    /// <summary>Numbers that wait.</summary>
    internal int Waiting
    {
        get
        {
            lock (_lock) return _sums.Count;
        }
    }

    /// <param name="account">Who called.</param>
    /// <param name="token">By which API token, or null.</param>
    /// <param name="kind"><see cref="UsageKinds.Tool"/> or <see cref="UsageKinds.AgentTool"/>.</param>
    /// <param name="tool">One that there is, or <see cref="UsageKinds.Unknown"/>: callers see to that.</param>
    /// <param name="status">Of the outcome.</param>
    /// <param name="took">From the call to its answer.</param>
    public void Called(string account, string? token, string kind, string tool, string status, TimeSpan took)
    {
        var key = new UsageKey(UsageStore.DayOf(time.GetUtcNow()), account, token ?? "", kind, tool, LatencyBuckets.Of(took));
        var sum = new UsageSum(1, UsageKinds.IsError(status) ? 1 : 0);
        lock (_lock)
        {
            if (_sums.Count >= Most && !_sums.ContainsKey(key)) key = key with { Account = Nobody, Token = "", Name = Others };
            _sums[key] = _sums.GetValueOrDefault(key) + sum;
        }
    }

    /// <summary>Takes up to <paramref name="most"/> of the numbers; empty when there are none.</summary>
    internal IReadOnlyCollection<(UsageKey Key, UsageSum Sum)> Take(int most)
    {
        Dictionary<UsageKey, UsageSum> taken;
        lock (_lock)
        {
            if (_sums.Count == 0) return [];
            if (_sums.Count > most)
            {
                var some = _sums.Take(most).Select(s => (s.Key, s.Value)).ToList();
                foreach (var (key, _) in some) _sums.Remove(key);
                return some;
            }
            (taken, _sums) = (_sums, []);
        }
        return [.. taken.Select(s => (s.Key, s.Value))];
    }
}

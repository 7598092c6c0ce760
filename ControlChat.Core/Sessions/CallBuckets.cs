namespace ControlChat.Core.Sessions;

/// <summary>A token bucket for each key: it fills steadily, and a call takes one out of it.</summary>
/// <param name="perMinute">How many come in.</param>
/// <param name="atOnce">How many there is room for; as many are there in the beginning.</param>
public sealed class CallBuckets(int perMinute, int atOnce, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (double Left, long At)> _buckets = new(StringComparer.Ordinal);
    private long _swept = time.GetTimestamp();

    /// <returns>Null when there was one; else the seconds until there is.</returns>
    public int? Take(string key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            Sweep(now);
            var left = LeftIn(key, now);
            if (left < 1) return (int)Math.Ceiling((1 - left) * 60 / perMinute);
            _buckets[key] = (left - 1, now);
            return null;
        }
    }

    /// <summary>One that was taken wrongly.</summary>
    public void GiveBack(string key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _buckets[key] = (Math.Min(atOnce, LeftIn(key, now) + 1), now);
        }
    }

    private double LeftIn(string key, long now) =>
        _buckets.TryGetValue(key, out var bucket) ? Math.Min(atOnce, bucket.Left + (time.GetElapsedTime(bucket.At, now) / Minute * perMinute)) : atOnce;

    // A full one is as good as none.
    private void Sweep(long now)
    {
        if (time.GetElapsedTime(_swept, now) < Minute) return;
        _swept = now;
        foreach (var key in _buckets.Keys.ToList())
            if (LeftIn(key, now) >= atOnce) _buckets.Remove(key);
    }
}

using System.Collections.Concurrent;
using System.Globalization;

namespace ControlChat.Faults;

/// <summary>One run of a fault: its dice, its counts and what did not hold.</summary>
public sealed class FaultRun(string store, int seed, int trials, Action<string> say)
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<TimeSpan>> _times = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _breaches = new();
    private int _trial;

    /// <summary>Rolled by one thread only; the same seed makes the same choices, though not the same timing.</summary>
    public Random Dice { get; } = new(seed);

    /// <summary>One of <see cref="Sqlite"/> and <see cref="Postgres"/>.</summary>
    public string Store => store;

    public int Seed => seed;

    public int Trials => trials;

    public IReadOnlyCollection<string> Breaches => _breaches;

    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>The numbers of the trials; says every tenth part of the way.</summary>
    public IEnumerable<int> EachTrial()
    {
        for (_trial = 0; _trial < trials; _trial++)
        {
            if (trials >= 50 && _trial > 0 && _trial % (trials / 10) == 0) say($"  {_trial} of {trials}");
            yield return _trial;
        }
    }

    public void Count(string name, int by = 1) => _counts.AddOrUpdate(name, by, (_, before) => before + by);

    public void Measure(string name, TimeSpan took) => _times.GetOrAdd(name, _ => new ConcurrentQueue<TimeSpan>()).Enqueue(took);

    /// <summary>Null when nothing was measured.</summary>
    public TimeSpan? Percentile(string name, int percent) =>
        _times.TryGetValue(name, out var all) ? all.Order().ElementAt(Math.Min(all.Count - 1, all.Count * percent / 100)) : null;

    /// <summary>Something that must hold.</summary>
    public bool Expect(bool holds, string what)
    {
        if (holds) return true;
        _breaches.Enqueue($"trial {_trial}: {what}");
        return false;
    }

    public string Summary =>
        $"{trials} trials on {store}, seed {seed}: {string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}"))}"
        + string.Concat(_times.Keys.Order(StringComparer.Ordinal).Select(n => string.Create(CultureInfo.InvariantCulture,
            $"; {n} p50 {Percentile(n, 50)!.Value.TotalSeconds:0.00} s, p95 {Percentile(n, 95)!.Value.TotalSeconds:0.00} s, max {_times[n].Max().TotalSeconds:0.00} s of {_times[n].Count}")))
        + (_breaches.IsEmpty ? "; all held" : $"; {_breaches.Count} BREACHES\n    {string.Join("\n    ", _breaches.Take(20))}");
}

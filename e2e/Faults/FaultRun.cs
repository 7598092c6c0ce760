using System.Collections.Concurrent;

namespace ControlChat.Faults;

/// <summary>One run of a fault: its dice, its counts and what did not hold.</summary>
public sealed class FaultRun(string store, int seed, int trials, Action<string> say)
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
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

    /// <summary>Something that must hold.</summary>
    public bool Expect(bool holds, string what)
    {
        if (holds) return true;
        _breaches.Enqueue($"trial {_trial}: {what}");
        return false;
    }

    public string Summary =>
        $"{trials} trials on {store}, seed {seed}: {string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}"))}"
        + (_breaches.IsEmpty ? "; all held" : $"; {_breaches.Count} BREACHES\n    {string.Join("\n    ", _breaches.Take(20))}");
}

namespace ControlChat.Core.Gate.Policies;

/// <summary>Counts of what would change, in bounded memory however many rows there are.</summary>
internal sealed class SimulationTally
{
    /// <summary>Names beyond these are counted together.</summary>
    private const int MostNames = 1_000;
    private const int Shown = 50;

    /// <summary>What is kept to be looked at one by one.</summary>
    public const int MostListed = 10_000;

    public const string Others = "*";

    private readonly Dictionary<(string, string, string), long> _ways = [];
    private readonly Dictionary<(string, string, string), long> _tools = [];
    private readonly Dictionary<(string, string, string), long> _people = [];
    private readonly Queue<long> _listed = [];

    public long Replayed { get; private set; }

    public long Unreplayable { get; private set; }

    public long Changed { get; private set; }

    /// <summary>The newest of the changed ones, newest first.</summary>
    public IReadOnlyList<long> Listed => [.. _listed.Reverse()];

    public void Miss() => Unreplayable++;

    public void Add(long seq, string tool, string account, string from, string to)
    {
        Replayed++;
        if (from == to) return;
        Changed++;
        Count(_ways, "", from, to);
        Count(_tools, tool, from, to);
        Count(_people, account, from, to);
        if (_listed.Count == MostListed) _listed.Dequeue();
        _listed.Enqueue(seq);
    }

    public SimulationLook Look(SimulationLook look) => look with
    {
        Replayed = Replayed,
        Unreplayable = Unreplayable,
        Changed = Changed,
        Ways = Most(_ways),
        ByTool = Most(_tools),
        ByPerson = Most(_people),
        Listed = _listed.Count,
    };

    private static void Count(Dictionary<(string, string, string), long> counts, string name, string from, string to)
    {
        var key = (name, from, to);
        if (!counts.ContainsKey(key) && counts.Count >= MostNames) key = (Others, from, to);
        counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private static IReadOnlyList<SimulatedCount> Most(Dictionary<(string Name, string From, string To), long> counts) =>
        [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Name, StringComparer.Ordinal).Take(Shown).Select(c => new SimulatedCount(c.Key.Name, c.Key.From, c.Key.To, c.Value))];
}

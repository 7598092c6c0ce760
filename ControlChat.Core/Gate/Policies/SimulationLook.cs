namespace ControlChat.Core.Gate.Policies;

/// <summary>A simulation as it stands: proposed rules against the decisions of the last 30 days, compared with the rules in force.</summary>
/// <param name="State"><c>running|done|cancelled|failed</c>.</param>
/// <param name="Read">Rows of the record that were looked at.</param>
/// <param name="Of">Of how many.</param>
public sealed record SimulationLook(string State, long Read, long Of)
{
    /// <summary>Decisions that were made once more.</summary>
    public long Replayed { get; init; }

    /// <summary>Decisions whose rows do not say what they were made on: from before the policy had versions, or too long.</summary>
    public long Unreplayable { get; init; }

    /// <summary>Of those replayed: how many would be decided otherwise.</summary>
    public long Changed { get; init; }

    /// <summary>The version of the rules in force that the proposed ones were compared with.</summary>
    public long Version { get; init; }

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<SimulatedCount> Ways { get; init; } = [];

    public IReadOnlyList<SimulatedCount> ByTool { get; init; } = [];

    /// <summary>By account id.</summary>
    public IReadOnlyList<SimulatedCount> ByPerson { get; init; } = [];

    /// <summary>How many of the changed ones can be looked at one by one: the newest.</summary>
    public int Listed { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Fault { get; init; }
}

/// <param name="Name">The tool or the account; empty where all are counted.</param>
public sealed record SimulatedCount(string Name, string From, string To, long Count);

/// <summary>A decision of the record that would be another one.</summary>
/// <param name="Seq">Its row.</param>
/// <param name="From">Under the rules in force, and by which.</param>
/// <param name="To">Under the proposed ones.</param>
public sealed record SimulatedChange(long Seq, DateTimeOffset At, string Tool, string Summary, string? AccountId, PolicyDecision From, PolicyDecision To);

/// <summary>What came of asking for a simulation.</summary>
/// <param name="Faults">Why it was not begun; empty: it runs.</param>
public sealed record SimulationStart(IReadOnlyList<string> Faults);

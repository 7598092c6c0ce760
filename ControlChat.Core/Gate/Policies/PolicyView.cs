namespace ControlChat.Core.Gate.Policies;

/// <summary>The policy in force, as an admin sees it.</summary>
/// <param name="Operator">What the operator's settings ask for: at least that.</param>
/// <param name="SavedBy">The account; null: the hub itself.</param>
/// <param name="Warnings">Whose requests nobody could answer under it now, a sentence each.</param>
public sealed record PolicyView(long Version, IReadOnlyList<PolicyRule> Rules, OperatorFloor Operator, string? SavedBy, DateTimeOffset? SavedAt, string Note, IReadOnlyList<string> Warnings);

/// <summary>A version, with what it changed.</summary>
/// <param name="OperatorChanged">The operator's settings were others before.</param>
public sealed record PolicyVersion(long Version, string? SavedBy, DateTimeOffset SavedAt, string Note, PolicyDifference Difference, bool OperatorChanged);

/// <summary>What is different between two lists of rules; their order is nothing.</summary>
public sealed record PolicyDifference(IReadOnlyList<PolicyRule> Added, IReadOnlyList<PolicyRule> Removed, IReadOnlyList<PolicyRuleChange> Changed)
{
    public bool IsEmpty => Added.Count == 0 && Removed.Count == 0 && Changed.Count == 0;

    public static PolicyDifference Between(IReadOnlyList<PolicyRule> old, IReadOnlyList<PolicyRule> now)
    {
        var before = old.ToDictionary(r => r.Id);
        var after = now.Select(r => r.Id).ToHashSet();
        return new PolicyDifference(
            [.. now.Where(r => !before.ContainsKey(r.Id))], [.. old.Where(r => !after.Contains(r.Id))],
            [.. now.Where(r => before.TryGetValue(r.Id, out var was) && was != r).Select(r => new PolicyRuleChange(before[r.Id], r))]);
    }
}

public sealed record PolicyRuleChange(PolicyRule Before, PolicyRule After);

/// <summary>What an admin wants to save.</summary>
/// <param name="FromVersion">The version it was made from.</param>
/// <param name="Note">Why; at most 200 characters.</param>
/// <param name="Unseen">Saved without having seen what would change.</param>
public sealed record PolicyProposal(long FromVersion, IReadOnlyList<PolicyRule> Rules, string Note, bool Unseen);

/// <summary>What came of saving.</summary>
public abstract record PolicySave
{
    private PolicySave()
    {
    }

    public sealed record Done(PolicyView View) : PolicySave;

    /// <param name="Faults">A sentence each: the fact, then what to do.</param>
    public sealed record Refused(IReadOnlyList<string> Faults) : PolicySave;

    /// <summary>Somebody else saved in between.</summary>
    /// <param name="View">What is in force now.</param>
    /// <param name="Since">What that changed against the version the proposal was made from.</param>
    public sealed record Conflict(PolicyView View, PolicyDifference Since) : PolicySave;
}

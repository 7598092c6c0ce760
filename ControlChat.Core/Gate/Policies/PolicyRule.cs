namespace ControlChat.Core.Gate.Policies;

/// <summary>A rule that admins saved: where all of its conditions hold, at least its decision is asked for. It never makes anything ask for less.</summary>
/// <param name="Id"><c>rul_…</c>; empty for a new one.</param>
/// <param name="Decision"><c>confirm|confirm_recent|second_person</c>.</param>
public sealed record PolicyRule(string Id, string Decision)
{
    /// <summary>A write tool, or null for any.</summary>
    public string? Tool { get; init; }

    /// <summary><c>write|billing|destructive</c>, or null for any.</summary>
    public string? Scope { get; init; }

    /// <summary>The account role of who asks, <c>admin|member</c>, or null for any.</summary>
    public string? Role { get; init; }

    /// <summary>True: asked with an API token; false: not; null: either.</summary>
    public bool? ByToken { get; init; }

    public ArgumentCondition? Argument { get; init; }

    /// <summary>Why there is this rule, for people; at most 200 characters.</summary>
    public string Note { get; init; } = "";

    /// <summary>The same conditions and decision, whatever it is called and whatever is noted.</summary>
    internal bool SaysTheSame(PolicyRule other) => Conditions == other.Conditions && Decision == other.Decision && Argument == other.Argument;

    private (string?, string?, string?, bool?) Conditions => (Tool, Scope, Role, ByToken);
}

/// <summary>What a top-level argument of the plan must be, as the plan resolved it: text, compared character by character.</summary>
/// <param name="Is"><c>equals|prefix|one_of</c>.</param>
/// <param name="Values">One; with <c>one_of</c> up to 20.</param>
public sealed record ArgumentCondition(string Argument, string Is, IReadOnlyList<string> Values)
{
    public bool Holds(string value) => Is == "prefix" ? value.StartsWith(Values[0], StringComparison.Ordinal) : Values.Contains(value, StringComparer.Ordinal);

    public bool Equals(ArgumentCondition? other) => other is not null && Argument == other.Argument && Is == other.Is && Values.Order(StringComparer.Ordinal).SequenceEqual(other.Values.Order(StringComparer.Ordinal));

    public override int GetHashCode() => HashCode.Combine(Argument, Is, Values.Count);
}

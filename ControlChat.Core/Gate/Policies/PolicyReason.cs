using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>Why a plan asks: what <see cref="Plan.Policy"/> says, taken apart.</summary>
/// <param name="Kind"><c>default|least|operator_tool|operator_scope|rule</c>.</param>
/// <param name="Name">The least's reason, the tool, the scope or the rule's id.</param>
/// <param name="Version">Of the policy.</param>
public sealed record PolicyReason(string Kind, string Name, long Version)
{
    /// <summary>Of the plan, or null when it does not say.</summary>
    public static PolicyReason? Of(Plan plan) => Strictness.Text(plan.Policy?["by"]) is { } by ? Of(by, PolicyRecord.VersionOf(plan.Policy)) : null;

    /// <param name="by">See <see cref="PolicyDecision"/>.</param>
    public static PolicyReason Of(string by, long version) => by.Split(':', 3) switch
    {
        ["least", var reason] => new("least", reason, version),
        ["operator", "tool", var tool] => new("operator_tool", tool, version),
        ["operator", "scope", var scope] => new("operator_scope", scope, version),
        ["rule", var id] => new("rule", id, version),
        _ => new("default", "", version),
    };

    /// <summary>The rule itself; null: it is no rule's doing.</summary>
    public async Task<PolicyRule?> RuleAsync(IHubReader reader, CancellationToken cancellationToken) =>
        Kind == "rule" && await PolicyStore.FindAsync(reader, Version, cancellationToken) is { } row ? row.ReadRules().FirstOrDefault(r => r.Id == Name) : null;
}

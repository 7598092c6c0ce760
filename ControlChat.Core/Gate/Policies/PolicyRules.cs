namespace ControlChat.Core.Gate.Policies;

/// <summary>
/// The rules a decision is made by: the operator's floor and what admins saved. Destructive, billing and access always ask, and so does every
/// write of a tainted run; rules can ask for more, never for less. A function of rules and facts and of nothing else.
/// </summary>
/// <param name="Tools">The operator's floor by tool.</param>
/// <param name="Scopes">The operator's floor by scope.</param>
internal sealed record PolicyRules(long Version, IReadOnlyList<PolicyRule> Saved, IReadOnlyDictionary<string, string> Tools, IReadOnlyDictionary<string, string> Scopes)
{
    public PolicyDecision Decide(PolicyFacts facts)
    {
        var decision = Least(facts);
        foreach (var part in (IEnumerable<PlanPart>)[facts.Whole, .. facts.Parts])
        {
            decision = Stricter(decision, Tools.GetValueOrDefault(part.Tool), "operator:tool:", part.Tool);
            decision = Stricter(decision, Scopes.GetValueOrDefault(part.Scope.Wire()), "operator:scope:", part.Scope.Wire());
        }
        foreach (var rule in Saved)
        {
            if (Strictness.IsStricter(rule.Decision, decision.Decision) && Holds(rule, facts)) decision = new PolicyDecision(rule.Decision, "rule:" + rule.Id);
        }
        return decision;
    }

    /// <summary>Whether all of a rule's conditions hold for the plan as a whole, or for one of its parts.</summary>
    public static bool Holds(PolicyRule rule, PolicyFacts facts) =>
        (rule.Role is null || rule.Role == facts.Role) && (rule.ByToken is null || rule.ByToken == facts.ByToken)
        && (Holds(rule, facts.Whole) || facts.Parts.Any(part => Holds(rule, part)));

    private static bool Holds(PolicyRule rule, PlanPart part) =>
        (rule.Tool is null || rule.Tool == part.Tool) && (rule.Scope is null || rule.Scope == part.Scope.Wire())
        && (rule.Argument is not { } condition || (Strictness.Text(part.Arguments[condition.Argument]) is { } value && condition.Holds(value)));

    private static PolicyDecision Least(PolicyFacts facts) => facts switch
    {
        { Whole.Scope: ToolScope.Destructive } => new("confirm", "least:destructive"),
        { Whole.Scope: ToolScope.Billing } => new("confirm", "least:billing"),
        { Access: true } => new("confirm", "least:access"),
        { Asks: true } => new("confirm", "least:asks"),
        { Tainted: true } => new("confirm", "least:tainted"),
        _ => new("none", "default"),
    };

    private static PolicyDecision Stricter(PolicyDecision one, string? other, string kind, string name) =>
        other is not null && Strictness.IsStricter(other, one.Decision) ? new PolicyDecision(other, kind + name) : one;
}

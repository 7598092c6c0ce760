using ControlChat.App.Ui;
using ControlChat.Core.Gate.Policies;

namespace ControlChat.App.Policies;

/// <summary>Rules and decisions in plain words.</summary>
internal static class PolicyWords
{
    public static IReadOnlyList<string> Decisions { get; } = ["confirm", "confirm_recent", "second_person"];

    public static IReadOnlyList<string> Scopes { get; } = ["write", "billing", "destructive"];

    public static string Decision(string decision) => decision switch
    {
        "none" => Texts.DecisionNone,
        "confirm" => Texts.DecisionConfirm,
        "confirm_recent" => Texts.DecisionRecent,
        "second_person" => Texts.DecisionSecond,
        _ => decision,
    };

    /// <summary>"ok" for what runs by itself, stronger as more is asked for.</summary>
    public static string Tone(string decision) => decision switch { "none" => "ok", "confirm" => "", "confirm_recent" => "accent", _ => "warn" };

    /// <summary>"workspace.archive, asked by members, where workspace_id is ws_1": all of a rule's conditions.</summary>
    public static string Conditions(PolicyRule rule)
    {
        List<string> parts = [rule.Tool ?? (rule.Scope is { } scope ? Texts.EveryOfScope.With(scope) : Texts.EveryChange)];
        if (rule is { Tool: not null, Scope: { } of }) parts.Add(Texts.OfScope.With(of));
        if (rule.Role is { } role) parts.Add(role == "admin" ? Texts.AskedByAdmins : Texts.AskedByMembers);
        if (rule.ByToken is { } token) parts.Add(token ? Texts.AskedByToken : Texts.NotByToken);
        if (rule.Argument is { } argument) parts.Add(Argument(argument));
        return string.Join(", ", parts);
    }

    public static string Reason(PolicyDecision decision, IReadOnlyList<PolicyRule> rules) => PolicyReason.Of(decision.By, 0) switch
    {
        { Kind: "rule", Name: var id } => rules.FirstOrDefault(r => r.Id == id) is { } rule ? Texts.ByRule.With(Conditions(rule)) : Texts.ByARule,
        { Kind: "operator_tool" or "operator_scope", Name: var name } => Texts.ByOperator.With(name),
        { Kind: "least", Name: var least } => Texts.ByLeast.With(Least(least)),
        _ => Texts.ByDefault,
    };

    private static string Least(string reason) => reason switch
    {
        "asks" => Texts.LeastAsks,
        "tainted" => Texts.LeastTainted,
        _ => reason,
    };

    private static string Argument(ArgumentCondition condition) => (condition.Is switch
    {
        "prefix" => Texts.WhereBegins,
        "one_of" => Texts.WhereOneOf,
        _ => Texts.WhereIs,
    }).With(condition.Argument, string.Join(", ", condition.Values));
}

using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>
/// What a plan needs before it is applied: <c>none|confirm|confirm_recent|second_person</c>. Destructive, billing and access
/// always ask, and so does every write of a tainted run; settings can ask for more, never for less.
/// </summary>
internal sealed class Policy(IHubSettings settings)
{
    private static readonly string[] Strictness = ["none", "confirm", "confirm_recent", "second_person"];

    /// <summary>Raised when the rules themselves change; it stands on every audit row.</summary>
    public const int Version = 1;

    public string Decide(string tool, PlanDraft draft, bool tainted)
    {
        var rules = settings.Current.Policy;
        var least = draft.Scope >= ToolScope.Billing || draft.Access || draft.Asks || tainted ? "confirm" : "none";
        var decision = Stricter(least, rules.Tools.GetValueOrDefault(tool));
        decision = Stricter(decision, rules.Scopes.GetValueOrDefault(draft.Scope.Wire()));
        decision = draft.Through.Aggregate(decision, (d, behind) => Stricter(d, rules.Tools.GetValueOrDefault(behind)));
        return (draft.Steps ?? []).Aggregate(decision, (d, step) =>
            Stricter(Stricter(d, rules.Tools.GetValueOrDefault(step.Tool)), rules.Scopes.GetValueOrDefault(step.Scope.Wire())));
    }

    /// <summary>How long a plan waits for its decision (design, section 4).</summary>
    public static TimeSpan Patience(ToolScope scope, string decision) => decision switch
    {
        "second_person" => TimeSpan.FromHours(24),
        _ when scope == ToolScope.Destructive => TimeSpan.FromMinutes(15),
        _ => TimeSpan.FromMinutes(60),
    };

    private static string Stricter(string one, string? other) =>
        other is not null && Array.IndexOf(Strictness, other) > Array.IndexOf(Strictness, one) ? other : one;
}

using System.Text.Json;
using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate.Policies;

/// <summary>All that a decision depends on beside the rules.</summary>
/// <param name="Whole">The plan's own tool, scope and arguments.</param>
/// <param name="Parts">Its steps, and the tools behind it.</param>
/// <param name="Role">The account role of who asks.</param>
/// <param name="ByToken">They ask with an API token.</param>
internal sealed record PolicyFacts(PlanPart Whole, IReadOnlyList<PlanPart> Parts, bool Access, bool Asks, bool Tainted, string Role, bool ByToken)
{
    public static PolicyFacts Of(string tool, PlanDraft draft, Principal by, bool tainted) => new(
        new PlanPart(tool, draft.Scope, draft.Arguments), [.. (draft.Steps ?? []).Select(s => new PlanPart(s.Tool, s.Scope, s.Arguments)), .. draft.Through],
        draft.Access, draft.Asks, tainted, by.Role, by.IsToken);
}

/// <param name="Decision"><c>none|confirm|confirm_recent|second_person</c>.</param>
/// <param name="By">
/// What asked for it: <c>default</c>, <c>least:destructive|billing|access|asks|tainted</c>, <c>operator:tool:NAME</c>, <c>operator:scope:NAME</c> or <c>rule:ID</c>.
/// </param>
public sealed record PolicyDecision(string Decision, string By);

/// <summary>How strict decisions are.</summary>
internal static class Strictness
{
    private static readonly string[] Order = ["none", "confirm", "confirm_recent", "second_person"];

    /// <summary>What a rule may ask for.</summary>
    public static IReadOnlyList<string> Asking { get; } = Order[1..];

    public static bool IsStricter(string? one, string than) => Array.IndexOf(Order, one) > Array.IndexOf(Order, than);

    /// <summary>Of two floors the stricter for each name.</summary>
    public static IReadOnlyDictionary<string, string> Both(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other)
    {
        if (other.Count == 0) return one;
        var both = new Dictionary<string, string>(one);
        foreach (var (name, decision) in other)
        {
            if (IsStricter(decision, both.GetValueOrDefault(name, "none"))) both[name] = decision;
        }
        return both;
    }

    internal static string? Text(System.Text.Json.Nodes.JsonNode? value) =>
        value is System.Text.Json.Nodes.JsonValue v && v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : null;
}

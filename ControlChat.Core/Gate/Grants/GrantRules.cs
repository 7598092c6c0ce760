using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate.Grants;

/// <summary>What a grant can never stand for, and whether one covers a plan: the same when it is made and each time it is used.</summary>
internal static class GrantRules
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);
    public const int MostUses = 100;

    /// <param name="outside">The tool's work lies outside of the hub.</param>
    /// <returns>The reason, or null.</returns>
    public static string? WhyNever(Plan plan, bool outside)
    {
        if (plan.Tool is "plan.batch" || plan.Steps is not null) return "A batch is decided each time: its steps are never the same.";
        if (plan.Tool is "undo") return "Taking something back is decided each time.";
        if (plan.Tool is "config.set") return "A setting is changed by a decision each time.";
        if (plan.Access) return "Who may do what is decided each time.";
        if (plan.Scope == ToolScope.Billing || plan.Cost is not null) return "What costs money is decided each time.";
        if (outside) return "What is done outside of the hub is decided each time.";
        if (!plan.Reversible || plan.TypedConfirmation is not null || plan.Compensation is null) return "It has no way back, so it is decided each time.";
        if (plan.Tainted) return "It was asked for after text from outside was read, so it is decided each time.";
        return WhyUnbounded(plan.Arguments);
    }

    /// <summary>Whether exactly the ids of these arguments are bounded and fit.</summary>
    public static bool Covers(IReadOnlyList<GrantConstraint> constraints, JsonObject arguments)
    {
        var ids = GrantIds.Of(arguments);
        return ids.Count > 0 && ids.Count == constraints.Count && constraints.All(c => ids.TryGetValue(c.Argument, out var value) && c.Fits(value));
    }

    /// <returns>What is wrong with what was asked for, or null.</returns>
    public static string? Fault(GrantRequest request, JsonObject arguments, DateTimeOffset now)
    {
        if (request.Count is < 1 or > MostUses) return $"'count' must be 1 to {MostUses}.";
        if (request.EndsAt <= now) return "'ends_at' must be in the future.";
        if (request.EndsAt > now + Longest) return $"'ends_at' must be within {Longest.Days} days.";
        var ids = GrantIds.Of(arguments);
        if (request.Constraints.GroupBy(c => c.Argument, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice) return $"'{Short(twice.Key)}' is constrained twice.";
        if (request.Constraints.FirstOrDefault(c => !ids.ContainsKey(c.Argument)) is { } stranger) return $"'{Short(stranger.Argument)}' is not an id of this plan. Its ids are {string.Join(", ", ids.Keys)}.";
        if (ids.Keys.FirstOrDefault(id => request.Constraints.All(c => c.Argument != id)) is { } open) return $"'{open}' is not constrained. Every id of the plan must be.";
        return request.Constraints.Select(c => c.Fault(ids[c.Argument])).FirstOrDefault(fault => fault is not null);
    }

    private static string? WhyUnbounded(JsonObject arguments)
    {
        if (GrantIds.AreHidden(arguments)) return "It names ids in a list, which a grant cannot bound, so it is decided each time.";
        return GrantIds.Of(arguments).Count == 0 ? "It names nothing by an id, so nothing would bound a grant. It is decided each time." : null;
    }

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}

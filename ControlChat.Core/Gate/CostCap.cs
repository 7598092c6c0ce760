using System.Globalization;
using System.Text.Json;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>The most that a plan may cost.</summary>
public static class CostCap
{
    /// <summary>Of a batch that has one, else null.</summary>
    public static Cost? Of(Plan plan) => plan.Tool == "plan.batch" ? plan.Arguments["cost_cap"]?.Deserialize<Cost>(Json.Wire) : null;

    /// <summary>What a cap leaves when these were spent; never less than nothing.</summary>
    public static Cost Left(Cost cap, IEnumerable<Cost> spent) =>
        cap with { Amount = Math.Max(0, Amount(cap) - spent.Sum(Amount)).ToString("0.####", CultureInfo.InvariantCulture) };

    /// <summary>Why a cost is not within a cap, with both figures; null when it is. What costs nothing is within any.</summary>
    public static string? WhyNot(Cost? cost, Cost cap)
    {
        if (cost is null || Amount(cost) == 0) return null;
        if (cost.Currency != cap.Currency || cost.Per != cap.Per)
            return $"The steps cost {Words(cost)} and the cap is {Words(cap)}, which cannot be compared. Give the cap in {cost.Currency} {Span(cost.Per)}.";
        return Amount(cost) <= Amount(cap) ? null : $"The steps cost {Words(cost)}, which is above the cap of {Words(cap)}. Plan fewer steps, or raise the cap.";
    }

    private static decimal Amount(Cost cost) => decimal.Parse(cost.Amount, CultureInfo.InvariantCulture);

    private static string Words(Cost cost) => $"{cost.Amount} {cost.Currency} {Span(cost.Per)}";

    private static string Span(string per) => per switch { "once" => "once", "hour" => "an hour", _ => $"a {per}" };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>The steps of a batch that were not done, to be asked for once more.</summary>
public static class RestOfSteps
{
    /// <summary>Of the steps in order: <c>completed|vetoed|stale|failed|not_run</c>.</summary>
    public static IReadOnlyList<string> Statuses(Outcome outcome) =>
        outcome.Result?["steps"] is JsonArray steps ? [.. steps.Select(s => s!["status"]!.GetValue<string>())] : [];

    /// <summary>What <c>plan.batch</c> takes for all that was neither done nor left out. What was done has used its part of the cap up.</summary>
    /// <param name="plan">With steps.</param>
    /// <param name="stopped">What it came to.</param>
    public static JsonObject ArgumentsOf(Plan plan, Outcome stopped)
    {
        var statuses = Statuses(stopped);
        string StatusOf(int step) => step < statuses.Count ? statuses[step] : "not_run";

        var rest = new JsonObject { ["steps"] = Of(plan.Steps!, i => StatusOf(i) is not ("completed" or "vetoed")) };
        if (CostCap.Of(plan) is { } cap)
            rest["cost_cap"] = JsonSerializer.SerializeToNode(CostCap.Left(cap, plan.Steps!.Where((_, i) => StatusOf(i) == "completed").Select(s => s.Cost).OfType<Cost>()), Json.Wire);
        return rest;
    }

    /// <summary>
    /// As <c>plan.batch</c> takes them. What one of them would have made never came to be, and gets another id when it is planned anew:
    /// the later ones name it by its step.
    /// </summary>
    /// <param name="steps">All of the plan.</param>
    /// <param name="left">Whether the step with this index is still to be done.</param>
    public static JsonArray Of(IReadOnlyList<PlanStep> steps, Func<int, bool> left)
    {
        var rest = new JsonArray();
        var unmade = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in steps.Where((_, i) => left(i)))
        {
            rest.Add((JsonNode)new JsonObject { ["tool"] = step.Tool, ["arguments"] = Linked(step.Arguments, unmade) });
            foreach (var id in MintedIds.Of(step.Effects).Take(1)) unmade[id] = rest.Count - 1;
        }
        return rest;
    }

    private static JsonNode? Linked(JsonNode? node, Dictionary<string, int> unmade) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Linked(p.Value, unmade)))),
        JsonArray a => new JsonArray([.. a.Select(item => Linked(item, unmade))]),
        JsonValue v when v.TryGetValue(out string? text) && unmade.TryGetValue(text, out var step) => new JsonObject { ["$step"] = step },
        _ => node?.DeepClone(),
    };
}

using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>The steps of a batch that were not done, to be asked for once more.</summary>
public static class RestOfSteps
{
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

using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>Which steps fall with a vetoed one.</summary>
public static class Veto
{
    /// <summary>
    /// The vetoed steps and every later step that touches a resource one of them would have touched: what it shows as
    /// "before" would not be true, so it would not be applied as shown.
    /// </summary>
    public static IReadOnlySet<int> Spread(IReadOnlyList<PlanStep> steps, IReadOnlyList<int> veto)
    {
        var vetoed = new SortedSet<int>(veto);
        var resources = new HashSet<string>();
        var missing = new HashSet<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            if (!vetoed.Contains(i) && !steps[i].Effects.Any(e => resources.Contains(e.Resource)) && !Names(steps[i].Arguments, missing)) continue;
            vetoed.Add(i);
            resources.UnionWith(steps[i].Effects.Select(e => e.Resource));
            missing.UnionWith(MintedIds.Of(steps[i].Effects));
        }
        return vetoed;
    }

    // A step also falls when it names what a vetoed one would have made, such as a pin of a workspace that will not be.
    private static bool Names(JsonNode? node, HashSet<string> ids) => ids.Count > 0 && node switch
    {
        JsonObject o => o.Any(p => Names(p.Value, ids)),
        JsonArray a => a.Any(item => Names(item, ids)),
        JsonValue v => v.TryGetValue(out string? text) && ids.Contains(text),
        _ => false,
    };
}

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
        for (var i = 0; i < steps.Count; i++)
        {
            if (!vetoed.Contains(i) && !steps[i].Effects.Any(e => resources.Contains(e.Resource))) continue;
            vetoed.Add(i);
            resources.UnionWith(steps[i].Effects.Select(e => e.Resource));
        }
        return vetoed;
    }
}

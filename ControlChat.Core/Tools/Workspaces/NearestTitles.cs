using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>The titles a mistyped one may have meant.</summary>
internal static class NearestTitles
{
    private const int Looked = 200;
    private const int Shown = 3;
    private const int LongestCompared = 200;

    public static async Task<ToolRefusedException> NotFoundAsync(WorkspaceStore workspaces, PlanningContext context, string title, CancellationToken cancellationToken)
    {
        var visible = await workspaces.RecentAsync(context.Reader, context.Principal.AccountId, Looked, cancellationToken);
        var near = Of(title, visible);
        var fact = $"There is no workspace called {WorkspaceWords.Quote(title.Length <= LongestCompared ? title : title[..LongestCompared] + "…")}.";
        var next = near.Count == 0 ? "workspace.list shows those there are." : $"Near it: {string.Join(", ", near.Select(w => $"{WorkspaceWords.Quote(w.Title)} ({w.Id})"))}.";
        return new ToolRefusedException("not_found", "not_found", $"{fact} {next}") { Untrusted = near.Any(w => !w.IsTrustedFor(context.Principal.AccountId)) };
    }

    /// <summary>At most three, nearest first; only such as share half of their letter pairs, or contain each other.</summary>
    public static IReadOnlyList<Workspace> Of(string title, IEnumerable<Workspace> workspaces)
    {
        var key = WorkspaceText.Key(title.Length <= LongestCompared ? title : title[..LongestCompared]);
        return [.. workspaces.Select(w => (Workspace: w, Likeness: Likeness(key, WorkspaceText.Key(w.Title))))
            .Where(p => p.Likeness >= 0.4).OrderByDescending(p => p.Likeness).ThenBy(p => p.Workspace.Id, StringComparer.Ordinal)
            .Take(Shown).Select(p => p.Workspace)];
    }

    // The Dice coefficient over letter pairs: order of words does not matter much, a slip of one letter costs little.
    private static double Likeness(string a, string b)
    {
        if (a.Length >= 2 && b.Length >= 2 && (a.Contains(b, StringComparison.Ordinal) || b.Contains(a, StringComparison.Ordinal))) return 0.9;
        var (one, other) = (Pairs(a), Pairs(b));
        return one.Count + other.Count == 0 ? 0 : 2.0 * one.Intersect(other).Count() / (one.Count + other.Count);
    }

    private static HashSet<string> Pairs(string text) => [.. Enumerable.Range(0, Math.Max(0, text.Length - 1)).Select(i => text.Substring(i, 2))];
}

namespace ControlChat.Core.Settings;

/// <summary>Names that a mistyped one may have meant.</summary>
public static class NearestNames
{
    /// <returns>Up to three, nearest first; none when nothing is close.</returns>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known) =>
    [
        .. known.Select(k => (Name: k, Score: Score(name.ToLowerInvariant(), k.ToLowerInvariant())))
            .Where(c => c.Score <= Math.Max(3, name.Length / 3))
            .OrderBy(c => c.Score).ThenBy(c => c.Name, StringComparer.Ordinal).Take(3).Select(c => c.Name),
    ];

    // A last part that is right though the path is not ("days" for "Logs:Days") is as near as one slip.
    private static int Score(string name, string known) =>
        known.EndsWith(':' + name[(name.LastIndexOf(':') + 1)..], StringComparison.Ordinal) ? 1 : Distance(name, known);

    // Levenshtein, two rows.
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }
        return previous[b.Length];
    }
}

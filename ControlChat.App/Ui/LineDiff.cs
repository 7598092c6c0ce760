namespace ControlChat.App.Ui;

public enum DiffKind
{
    Same,
    Removed,
    Added,
}

public readonly record struct DiffLine(DiffKind Kind, string Text)
{
    /// <summary>The sign stands in the text, so that colour is not needed.</summary>
    public string WithSign => (Kind switch { DiffKind.Added => "+", DiffKind.Removed => "-", _ => " " }) + Text;
}

/// <summary>Line differences by longest common subsequence, after the common head and tail are set aside.</summary>
public static class LineDiff
{
    /// <summary>Above this many line pairs everything between head and tail counts as replaced: 4 million cells, 16 MB.</summary>
    private const long MostCells = 4_000_000;

    public static IReadOnlyList<DiffLine> Of(string before, string after)
    {
        var (a, b) = (Lines(before), Lines(after));
        var head = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var most = Math.Min(a.Length, b.Length) - head;
        var tail = 0;
        while (tail < most && a[^(tail + 1)] == b[^(tail + 1)])
            tail++;
        return
        [
            .. a[..head].Select(line => new DiffLine(DiffKind.Same, line)),
            .. Middle(a[head..^tail], b[head..^tail]),
            .. a[^tail..].Select(line => new DiffLine(DiffKind.Same, line)),
        ];
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private static IEnumerable<DiffLine> Middle(string[] a, string[] b)
    {
        if ((long)a.Length * b.Length > MostCells || a.Length == 0 || b.Length == 0)
            return [.. a.Select(line => new DiffLine(DiffKind.Removed, line)), .. b.Select(line => new DiffLine(DiffKind.Added, line))];
        return Walk(a, b, Lengths(a, b));
    }

    private static int[,] Lengths(string[] a, string[] b)
    {
        var lengths = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                lengths[i, j] = a[i] == b[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        }
        return lengths;
    }

    private static IEnumerable<DiffLine> Walk(string[] a, string[] b, int[,] lengths)
    {
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                yield return new DiffLine(DiffKind.Same, a[i++]);
                j++;
            }
            else if (i < a.Length && (j == b.Length || lengths[i + 1, j] >= lengths[i, j + 1]))
            {
                yield return new DiffLine(DiffKind.Removed, a[i++]);
            }
            else
            {
                yield return new DiffLine(DiffKind.Added, b[j++]);
            }
        }
    }
}

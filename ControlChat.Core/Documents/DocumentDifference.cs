using System.Globalization;
using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>The difference of two states of a document as a unified diff, bounded in size.</summary>
public static class DocumentDifference
{
    private const int Context = 3;

    // Above so many pairs of lines what lies between the first and the last change counts as replaced: 4 MB.
    private const long MostCells = 1_000_000;

    private readonly record struct Step(char Sign, string Line, int Before, int After);

    /// <param name="path">Named above it.</param>
    /// <param name="most">Characters; what is longer ends with a line that says so.</param>
    /// <returns>Empty when nothing differs.</returns>
    public static string Unified(string path, byte[] before, byte[] after, int most)
    {
        var (a, b) = (Lines(before), Lines(after));
        var head = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        if (head == a.Count && head == b.Count) return "";
        var tail = 0;
        while (tail < Math.Min(a.Count, b.Count) - head && a[^(tail + 1)] == b[^(tail + 1)]) tail++;
        var from = Math.Max(0, head - Context);
        List<Step> steps =
        [
            .. Enumerable.Range(from, head - from).Select(i => new Step(' ', a[i], i, i)),
            .. Middle(a, b, head, tail),
            .. Enumerable.Range(0, Math.Min(tail, Context)).Select(i => new Step(' ', a[a.Count - tail + i], a.Count - tail + i, b.Count - tail + i)),
        ];
        return Write(path, steps, most);
    }

    private static List<string> Lines(byte[] bytes)
    {
        var lines = new List<string>();
        for (var found = new Lines(bytes); found.Next();) lines.Add(Encoding.UTF8.GetString(bytes.AsSpan(found.Start, found.After - found.Start)));
        return lines;
    }

    private static IEnumerable<Step> Middle(List<string> a, List<string> b, int head, int tail)
    {
        var (rows, columns) = (a.Count - head - tail, b.Count - head - tail);
        var lengths = (long)rows * columns <= MostCells ? Lengths(a, b, head, rows, columns) : null;
        var (i, j) = (0, 0);
        while (i < rows || j < columns)
        {
            if (lengths is not null && i < rows && j < columns && a[head + i] == b[head + j])
            {
                yield return new Step(' ', a[head + i], head + i++, head + j++);
            }
            else if (i < rows && (j == columns || lengths is null || lengths[i + 1, j] >= lengths[i, j + 1]))
            {
                yield return new Step('-', a[head + i], head + i++, head + j);
            }
            else
            {
                yield return new Step('+', b[head + j], head + i, head + j++);
            }
        }
    }

    // Of the longest common subsequence of what is left from each pair of places on.
    private static int[,] Lengths(List<string> a, List<string> b, int head, int rows, int columns)
    {
        var lengths = new int[rows + 1, columns + 1];
        for (var i = rows - 1; i >= 0; i--)
        {
            for (var j = columns - 1; j >= 0; j--)
                lengths[i, j] = a[head + i] == b[head + j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        }
        return lengths;
    }

    private static string Write(string path, List<Step> steps, int most)
    {
        var text = new StringBuilder($"--- {path}\n+++ {path}\n");
        for (var at = NextChange(steps, 0); at < steps.Count;)
        {
            var start = Math.Max(0, at - Context);
            var last = at;
            for (var next = NextChange(steps, last + 1); next < steps.Count && next - last <= 2 * Context; next = NextChange(steps, last + 1)) last = next;
            var hunk = steps[start..Math.Min(steps.Count, last + Context + 1)];
            var (removed, added) = (hunk.Count(s => s.Sign != '+'), hunk.Count(s => s.Sign != '-'));
            text.Append(CultureInfo.InvariantCulture, $"@@ -{hunk[0].Before + (removed > 0 ? 1 : 0)},{removed} +{hunk[0].After + (added > 0 ? 1 : 0)},{added} @@\n");
            foreach (var step in hunk)
            {
                var line = step.Line.TrimEnd('\r', '\n');
                text.Append(step.Sign).Append(line).Append('\n');
                if (line.Length == step.Line.Length) text.Append("\\ No newline at end of file\n");
                if (text.Length > most) return Cut(text, most);
            }
            at = NextChange(steps, last + 1);
        }
        return text.ToString();
    }

    private static int NextChange(List<Step> steps, int from)
    {
        while (from < steps.Count && steps[from].Sign == ' ') from++;
        return from;
    }

    private static string Cut(StringBuilder text, int most)
    {
        text.Length = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return text.Append("\n… the rest of the difference is left out\n").ToString();
    }
}

namespace ControlChat.Core.Files;

/// <summary>What somebody who mistyped a path may have meant: names beside the first part that is not there.</summary>
internal static class NearestNames
{
    private const int Most = 3;
    private const int MostLooked = 5_000;

    public static IReadOnlyList<string> To(BeneathRoot root, WorkspacePath path)
    {
        for (var depth = path.Depth - 1; depth >= 0; depth--)
        {
            if (!root.TryOpenDirectory(path.First(depth), links: true, out var directory, out _)) continue;
            using (directory) return In(directory, path.First(depth), path.Names[depth]);
        }
        return [];
    }

    private static List<string> In(Microsoft.Win32.SafeHandles.SafeFileHandle directory, WorkspacePath place, byte[] missing)
    {
        var wanted = ShownName.Of(missing).ToLowerInvariant();
        var found = new List<(int Distance, string Path)>();
        using var entries = new DirectoryEntries(directory);
        for (var looked = 0; looked < MostLooked && entries.Next(); looked++)
        {
            var name = ShownName.Of(entries.Name).ToLowerInvariant();
            var most = Math.Max(2, wanted.Length / 3);
            if (Math.Abs(name.Length - wanted.Length) > most) continue;
            var distance = Distance(wanted, name);
            if (distance <= most) found.Add((distance, place.Below(entries.Name).ToString()));
        }
        return [.. found.OrderBy(f => f.Distance).ThenBy(f => f.Path, StringComparer.Ordinal).Take(Most).Select(f => f.Path)];
    }

    // Levenshtein, two rows.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}

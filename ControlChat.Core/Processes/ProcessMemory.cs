using System.Globalization;

namespace ControlChat.Core.Processes;

/// <summary>How much memory processes take that is theirs alone, as Linux tells it in <c>/proc</c>: pages of programs and files on disk do not count.</summary>
public static class ProcessMemory
{
    private const string Root = "/proc";
    private const int Kilobyte = 1024;
    private const int Megabyte = 1024 * Kilobyte;

    /// <summary>Of each of these processes and of all it started, in bytes; 0 for one that is gone.</summary>
    public static IReadOnlyDictionary<int, long> OfTrees(IReadOnlyCollection<int> roots)
    {
        var children = Processes().ToLookup(p => ParentOf(p), p => p);
        return roots.Distinct().ToDictionary(r => r, r => Tree(r, children).Sum(BytesOf));
    }

    /// <summary>Those of them that take more than so many MiB, with how many they take.</summary>
    public static IReadOnlyList<(int Process, long Megabytes)> Above(IReadOnlyCollection<int> roots, int most) =>
        [.. OfTrees(roots).Select(p => (p.Key, p.Value / Megabyte)).Where(p => p.Item2 >= most)];

    private static IEnumerable<int> Tree(int root, ILookup<int, int> children)
    {
        var open = new Stack<int>([root]);
        var seen = new HashSet<int>();
        while (open.TryPop(out var process))
        {
            // A number may be given anew while they are read.
            if (!seen.Add(process)) continue;
            yield return process;
            foreach (var child in children[process]) open.Push(child);
        }
    }

    private static IEnumerable<int> Processes() => Directory.EnumerateDirectories(Root).Select(Path.GetFileName)
        .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture));

    // 12 (name) S 7 ... · the name may hold anything, spaces and brackets too: man 5 proc_pid_stat
    private static int ParentOf(int process)
    {
        var text = Read(process, "stat");
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;
    }

    // What several processes share counts for each its part: man 5 proc_pid_smaps. Where that may not be read, all of it for each: man 5 proc_pid_status.
    private static long BytesOf(int process)
    {
        var shared = Read(process, "smaps_rollup");
        return shared.Length > 0 ? Sum(shared, "Pss_Anon:", "Pss_Shmem:") : Sum(Read(process, "status"), "RssAnon:", "RssShmem:");
    }

    private static long Sum(string text, params string[] names) => text.Split('\n')
        .Where(line => names.Any(n => line.StartsWith(n, StringComparison.Ordinal)))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * Kilobyte);

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(Root, process.ToString(CultureInfo.InvariantCulture), file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

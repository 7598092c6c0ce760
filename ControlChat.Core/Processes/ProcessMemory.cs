using System.Globalization;

namespace ControlChat.Core.Processes;

/// <summary>How much memory processes take that is theirs alone, as Linux tells it in <c>/proc</c>: pages of programs and files on disk do not count.</summary>
public static class ProcessMemory
{
    private const int Kilobyte = 1024;
    private const int Megabyte = 1024 * Kilobyte;

    /// <summary>Of each of these processes and of all it started, in bytes; 0 for one that is gone.</summary>
    public static IReadOnlyDictionary<int, long> OfTrees(IReadOnlyCollection<int> roots)
    {
        var children = ProcessTree.Children();
        return roots.Distinct().ToDictionary(r => r, r => ProcessTree.Of(r, children).Sum(BytesOf));
    }

    /// <summary>Those of them that take more than so many MiB, with how many they take.</summary>
    public static IReadOnlyList<(int Process, long Megabytes)> Above(IReadOnlyCollection<int> roots, int most) =>
        [.. OfTrees(roots).Select(p => (p.Key, p.Value / Megabyte)).Where(p => p.Item2 >= most)];

    // What several processes share counts for each its part: man 5 proc_pid_smaps. Where that may not be read, all of it for each: man 5 proc_pid_status.
    private static long BytesOf(int process)
    {
        var shared = ProcessTree.Read(process, "smaps_rollup");
        return shared.Length > 0 ? Sum(shared, "Pss_Anon:", "Pss_Shmem:") : Sum(ProcessTree.Read(process, "status"), "RssAnon:", "RssShmem:");
    }

    private static long Sum(string text, params string[] names) => text.Split('\n')
        .Where(line => names.Any(n => line.StartsWith(n, StringComparison.Ordinal)))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * Kilobyte);
}

using System.Globalization;

namespace ControlChat.Core.Processes;

/// <summary>Who started whom, as Linux tells it in <c>/proc</c>.</summary>
internal static class ProcessTree
{
    private const string Root = "/proc";

    /// <summary>All that a process started and that still lives.</summary>
    public static IReadOnlyList<int> Below(int root) => [.. Of(root, Children()).Skip(1)];

    /// <summary>A process and all it started.</summary>
    public static IEnumerable<int> Of(int root, ILookup<int, int> children)
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

    /// <summary>Every process, by the one that started it.</summary>
    public static ILookup<int, int> Children() => Processes().ToLookup(ParentOf);

    /// <returns>Empty when it is gone, or may not be read.</returns>
    public static string Read(int process, string file)
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
}

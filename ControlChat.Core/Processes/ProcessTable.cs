using System.Globalization;
using System.Text;

namespace ControlChat.Core.Processes;

/// <param name="Arguments">Its command line, the program included.</param>
public sealed record ProcessEntry(int Id, IReadOnlyList<string> Arguments)
{
    /// <summary>The value behind an option, or null.</summary>
    public string? Option(string name)
    {
        var at = Arguments.ToList().IndexOf(name);
        return at >= 0 && at + 1 < Arguments.Count ? Arguments[at + 1] : null;
    }
}

/// <summary>
/// The processes of this machine as Linux tells of them in <c>/proc</c>. A command line names a process more surely than a file with
/// its number: it is there from the first moment, gone with the last, and cannot belong to a stranger who got the same number.
/// </summary>
public static class ProcessTable
{
    private const string Root = "/proc";

    private static readonly Lazy<string?> Own = new(() => OwnerOf("self"));

    /// <summary>Every living process of this user with this argument, word for word.</summary>
    public static IReadOnlyList<ProcessEntry> With(string argument) => [.. Living().Where(p => p.Arguments.Contains(argument) && IsOurs(p.Id))];

    /// <summary>Every living process of a group.</summary>
    public static IReadOnlyList<ProcessEntry> InGroup(int group) => [.. Living().Where(p => ProcessGroup.Has(group, p.Id))];

    /// <summary>All that a process started and that still lives.</summary>
    public static IReadOnlyList<ProcessEntry> Below(int process) => [.. ProcessTree.Below(process).Select(Read).OfType<ProcessEntry>()];

    /// <summary>Whether it is still the same process. One that ended and was not waited for has no command line any more.</summary>
    public static bool IsAlive(ProcessEntry process) => Read(process.Id) is { } now && now.Arguments.SequenceEqual(process.Arguments);

    private static IEnumerable<ProcessEntry> Living() => Directory.EnumerateDirectories(Root).Select(Path.GetFileName)
        .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(name => Read(int.Parse(name!, CultureInfo.InvariantCulture)))
        .OfType<ProcessEntry>();

    // Another user's process was not started by us and cannot be ended by us, whatever its command line says.
    private static bool IsOurs(int id) => OwnerOf(id.ToString(CultureInfo.InvariantCulture)) is { } owner && owner == Own.Value;

    // Uid:	1000	1000	1000	1000 · real, effective, saved, file system: man 5 proc_pid_status
    private static string? OwnerOf(string process)
    {
        try
        {
            return File.ReadLines(Path.Combine(Root, process, "status")).FirstOrDefault(l => l.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t')[1];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProcessEntry? Read(int id)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(Root, id.ToString(CultureInfo.InvariantCulture), "cmdline"), Encoding.UTF8);
            return text.Length == 0 ? null : new ProcessEntry(id, text.TrimEnd('\0').Split('\0'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

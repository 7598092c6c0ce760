using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>Where this process may make control groups of its own.</summary>
internal abstract partial record CgroupHost
{
    private const string Advice = "With systemd, set Delegate=yes and no ProtectControlGroups in the hub's unit.";

    private CgroupHost()
    {
    }

    /// <param name="Why">In a sentence or two, for operators.</param>
    public sealed record None(string Why) : CgroupHost;

    /// <summary>Version 2: one hierarchy for all.</summary>
    public sealed record Unified(string Group) : CgroupHost;

    /// <summary>Version 1: one hierarchy for each.</summary>
    public sealed record Split(string Memory, string Pids) : CgroupHost;

    /// <summary>Finds it, and in version 2 makes it one: there the hub goes into a group below its own, because only one without processes hands controllers on.</summary>
    public static CgroupHost Find(CgroupFiles files)
    {
        try
        {
            var (mounts, own) = (Mounts(files.Read("/proc/self/mountinfo")), Own(files.Read("/proc/self/cgroup")));
            if (mounts.Any(m => m.Has("memory")) && mounts.Any(m => m.Has("pids")))
                return GroupOf(mounts, own, "memory") is { } memory && GroupOf(mounts, own, "pids") is { } pids ? new Split(memory, pids) : new None("The hub's own control group is not within what is mounted here.");
            if (!mounts.Any(m => m.IsUnified)) return new None("No control groups are mounted here.");
            return GroupOf(mounts, own, "") is { } group ? UnifiedGroups.Prepare(files, group) : new None("The hub's own control group is not within what is mounted here.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Closed(e);
        }
    }

    /// <summary>The machine says no.</summary>
    public static None Closed(Exception fault) => new($"The hub may not make control groups: {fault.Message.TrimEnd('.')}. {Advice}");

    /// <summary>It would say yes, but may not be asked.</summary>
    public static None Refused(string why) => new($"{why} {Advice}");

    // 35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory · man 5 proc_pid_mountinfo
    private static List<Mount> Mounts(string text) => [.. text.Split('\n')
        .Select(line => line.Split(' '))
        .Where(f => f.Length > 9 && Array.IndexOf(f, "-") is > 5 and var dash && f[dash + 1] is "cgroup" or "cgroup2")
        .Select(f => new Mount(Plain(f[3]), Plain(f[4]), f[Array.IndexOf(f, "-") + 1] == "cgroup2", f[^1].Split(',')))];

    // 4:memory:/some/where · version 2 has neither number nor name: 0::/some/where
    private static Dictionary<string, string> Own(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(':', 3))
        .SelectMany(f => f[1].Split(',').Select(controller => (controller, Path: f[2])))
        .ToDictionary(p => p.controller, p => p.Path, StringComparer.Ordinal);

    private static string? GroupOf(List<Mount> mounts, Dictionary<string, string> own, string controller)
    {
        var mount = mounts.First(m => controller.Length == 0 ? m.IsUnified : m.Has(controller));
        // A part of the hierarchy may be mounted alone.
        if (!own.TryGetValue(controller, out var path) || (mount.Root != "/" && path != mount.Root && !path.StartsWith(mount.Root + "/", StringComparison.Ordinal))) return null;
        return (mount.Point + (mount.Root == "/" ? path : path[mount.Root.Length..])).TrimEnd('/');
    }

    private static string Plain(string field) => Octal().Replace(field, m => ((char)Convert.ToInt32(m.Groups[1].Value, 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();

    private sealed record Mount(string Root, string Point, bool IsUnified, string[] Options)
    {
        public bool Has(string controller) => !IsUnified && Options.Contains(controller);
    }
}

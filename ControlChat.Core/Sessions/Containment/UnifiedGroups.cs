using System.Globalization;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// The hub's own group of version 2, made one that agents' groups can be below: its processes go into one of their own first, because a
/// group with processes hands on no controllers (docs.kernel.org, cgroup-v2, "no internal process constraint").
/// </summary>
internal static class UnifiedGroups
{
    private const string HubGroup = "hub";
    private const int MostRounds = 10;

    private static readonly string[] Needed = ["memory", "pids"];

    /// <exception cref="IOException">The kernel refuses; everything is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's; everything is as it was.</exception>
    public static CgroupHost Prepare(CgroupFiles files, string own)
    {
        // Only the root of the whole hierarchy has no type: what is in it is the machine's.
        if (!files.IsThere($"{own}/cgroup.type")) return CgroupHost.Refused("The hub is in the root of the machine's control groups, which it does not change.");
        var above = Path.GetDirectoryName(own)!;
        // By another hub of this process, or by systemd's DelegateSubgroup.
        var isMoved = Path.GetFileName(own) == HubGroup && files.IsThere($"{above}/cgroup.type") && Processes(files, above).Count == 0;
        var group = isMoved ? above : own;
        if (Missing(files, group) is { } missing) return CgroupHost.Refused($"The hub's control group {group} has no controller '{missing}'.");
        if (Strangers(files, own) is [var stranger, ..]) return CgroupHost.Refused($"The hub is not alone in its control group {own}: process {stranger} is there too.");
        if (!isMoved) files.Make($"{own}/{HubGroup}");
        try
        {
            HandOn(files, group);
        }
        catch when (!isMoved)
        {
            foreach (var process in Processes(files, $"{own}/{HubGroup}")) files.Write($"{own}/cgroup.procs", process);
            files.Remove($"{own}/{HubGroup}");
            throw;
        }
        return new CgroupHost.Unified(group);
    }

    private static void HandOn(CgroupFiles files, string group)
    {
        for (var round = 1; ; round++)
        {
            // What the hub starts meanwhile is in its group too.
            foreach (var process in Processes(files, group)) files.Write($"{group}/{HubGroup}/cgroup.procs", process);
            try
            {
                files.Write($"{group}/cgroup.subtree_control", "+memory +pids");
                return;
            }
            catch (IOException) when (round < MostRounds && Processes(files, group).Count > 0)
            {
                // One came in between.
            }
        }
    }

    private static string? Missing(CgroupFiles files, string group)
    {
        var there = files.Read($"{group}/cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return Needed.FirstOrDefault(c => !there.Contains(c));
    }

    private static List<string> Strangers(CgroupFiles files, string group) => [.. Processes(files, group).Where(p => !IsOurs(files, p))];

    private static List<string> Processes(CgroupFiles files, string group) => [.. files.Read($"{group}/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    // The hub and whatever it started. One of another namespace is told as 0.
    private static bool IsOurs(CgroupFiles files, string process)
    {
        var hub = files.Hub.ToString(CultureInfo.InvariantCulture);
        for (var next = process; next is not null and not "0"; next = ParentOf(files, next))
            if (next == hub) return true;
        return !files.IsThere($"/proc/{process}") && process != "0";
    }

    // PPid:	12 · man 5 proc_pid_status
    private static string? ParentOf(CgroupFiles files, string process)
    {
        try
        {
            return files.Read($"/proc/{process}/status").Split('\n').FirstOrDefault(l => l.StartsWith("PPid:", StringComparison.Ordinal))?.Split('\t')[^1];
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }
}

using System.Globalization;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// The namespace around everything an agent runs, made by bubblewrap: user, mount, process, IPC, host name and cgroup namespaces without
/// any capability. Inside are <c>/usr</c>, what programs need of <c>/etc</c>, the agent's own programs, its workspace and its state; the
/// rest of the machine is not there. The network is the machine's. An agent may leave its own sandbox when a person says so; it does not leave this.
/// </summary>
internal static class Box
{
    // What resolves names, checks certificates and links programs. No account's secrets, no configuration of services.
    private static readonly string[] Etc =
    [
        "alternatives", "ca-certificates", "ca-certificates.conf", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types",
        "nsswitch.conf", "passwd", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf",
    ];

    private static readonly string[] Top = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

    // Settings of the whole machine. Its root writes them by being root, without any capability; whoever is another user inside is still root to them.
    private static readonly string[] Machine = ["acpi", "asound", "bus", "fs", "irq", "kcore", "keys", "latency_stats", "mtrr", "scsi", "sys", "sysrq-trigger"];

    // Memory that no process owns. This bounds what is mounted here and no more: an agent may mount its own in a namespace inside this one.
    private static readonly (string Path, int Megabytes)[] Scratch = [("/tmp", 512), ("/var/tmp", 64), ("/run", 16), ("/dev/shm", 64)];

    /// <summary>How to start it.</summary>
    /// <exception cref="ArgumentException">One of the order's folders would show a place of the hub to the agent.</exception>
    public static ProcessOrder Around(BoxOrder order, HubPaths paths, string bubblewrap)
    {
        Check(order, paths);
        return new ProcessOrder(bubblewrap, [.. Arguments(order), "--", order.File, .. order.Arguments], "/", order.Environment);
    }

    private static IEnumerable<string> Arguments(BoxOrder order) =>
    [
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        // Any user but root, so that an agent's own sandbox can map itself again. On the disk it is the hub's user.
        "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
        .. Usr(), .. Etc.Select(name => "/etc/" + name).SelectMany(path => new[] { "--ro-bind-try", path, path }),
        "--proc", "/proc", .. Proc(), "--dev", "/dev", "--dir", "/var",
        .. Scratch.SelectMany(s => new[] { "--size", (s.Megabytes * 1024L * 1024L).ToString(CultureInfo.InvariantCulture), "--tmpfs", s.Path }),
        .. order.Programs.SelectMany(path => new[] { "--ro-bind", path, path }),
        "--bind", order.State, order.State, "--bind", order.Workspace, order.Workspace,
        // What was made on the way to the folders above.
        "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", order.Workspace,
    ];

    private static IEnumerable<string> Usr()
    {
        string[] usr = ["--ro-bind", "/usr", "/usr"];
        return [.. usr, .. Top.Select(name => new DirectoryInfo("/" + name)).Where(d => d.Exists)
            .SelectMany(d => d.LinkTarget is { } target ? new[] { "--symlink", target, d.FullName } : ["--ro-bind", d.FullName, d.FullName])];
    }

    // For others they are not writable, and what covers a part of /proc keeps an agent's own sandbox from having one.
    private static IEnumerable<string> Proc() =>
        Environment.IsPrivilegedProcess ? Machine.Select(name => "/proc/" + name).SelectMany(path => new[] { "--ro-bind-try", path, path }) : [];

    private static void Check(BoxOrder order, HubPaths paths)
    {
        string[] hubs = [paths.DataDirectory, paths.WorkspacesRoot, paths.CheckpointDirectory, .. paths.SyncKey is { } key ? new[] { key } : []];
        foreach (var shown in (string[])["/usr", .. order.Programs, order.Workspace, order.State])
        {
            if (!Path.IsPathRooted(shown)) throw new ArgumentException($"'{shown}' is not an absolute path.", nameof(order));
            if (new DirectoryInfo(shown).LinkTarget is not null) throw new ArgumentException($"'{shown}' is a link to somewhere else.", nameof(order));
            if (hubs.FirstOrDefault(place => HubPaths.Contains(shown, place)) is { } place) throw new ArgumentException($"'{shown}' would show '{place}' of the hub to an agent. Set one of the two to another path.", nameof(order));
        }
    }
}

using System.Globalization;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// The namespace around everything an agent runs, made by bubblewrap: mount, process, IPC, host name and cgroup namespaces without any
/// capability. Inside are <c>/usr</c>, what programs need of <c>/etc</c>, the agent's own programs, its workspace and its state; the rest
/// of the machine is not there. The network is the machine's. An agent may leave its own sandbox when a person says so; it does not leave this.
/// A hub that is root makes it as root and leaves root in it for good before the agent begins: then nothing that belongs to root can be
/// written by being mounted anew. Any other hub makes it in a user namespace.
/// </summary>
internal static class Box
{
    // Threads count. Where agents are another user, all of that user's; else those of one namespace.
    private const int MostProcesses = 4096;

    // What resolves names, checks certificates and links programs. No account's secrets, no configuration of services.
    private static readonly string[] Etc =
    [
        "alternatives", "ca-certificates", "ca-certificates.conf", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types",
        "nsswitch.conf", "passwd", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf",
    ];

    private static readonly string[] Apart = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];

    private static readonly string[] Top = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

    // Memory that no process owns. This bounds what is mounted here and no more: an agent may mount its own in a namespace inside this one.
    private static readonly (string Path, int Megabytes)[] Scratch = [("/tmp", 512), ("/var/tmp", 512), ("/run", 16), ("/dev/shm", 64)];

    /// <summary>How to start it.</summary>
    public static ProcessOrder Around(BoxOrder order, AgentUser user, string bubblewrap) =>
        new(bubblewrap, [.. Arguments(order, user), "--", .. Bounds(user), .. AtTerminal(order.Terminal), order.File, .. order.Arguments], "/", order.Environment);

    /// <summary>What gives a folder to agents: nothing but the folder is there, so no link in it leads anywhere. A file that has another name, which may lie outside, stays whose it is.</summary>
    public static ProcessOrder Giving(string folder, AgentUser user, string bubblewrap) => Within(
        folder, ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--cap-drop", "ALL", "--cap-add", "CAP_CHOWN", "--cap-add", "CAP_DAC_READ_SEARCH"],
        [
            "/usr/bin/find", ".", "-xdev", "!", "(", "-uid", user.Text, "-gid", user.Text, ")", "(", "-type", "d", "-o", "-links", "1", ")", "-exec", "/usr/bin/chown", "-h", $"{user.Text}:{user.Text}", "{}", "+",
        ], bubblewrap);

    /// <summary>What removes everything from a folder but what has one of these names, in a namespace with nothing else in it.</summary>
    public static ProcessOrder Clearing(string folder, IReadOnlyList<string> kept, AgentUser user, string bubblewrap) => Within(
        folder, [.. Apart, .. Rights(user), "--unshare-net"],
        [.. As(user), "/usr/bin/find", ".", "-mindepth", "1", "-maxdepth", "1", .. kept.SelectMany(name => new[] { "!", "-name", name }), "-exec", "/usr/bin/rm", "-rf", "--", "{}", "+"], bubblewrap);

    private static ProcessOrder Within(string folder, IEnumerable<string> apart, IEnumerable<string> command, string bubblewrap) => new(
        bubblewrap, [.. apart, "--die-with-parent", "--new-session", .. Usr(), .. Way(folder), "--bind", folder, folder, "--remount-ro", "/", "--chdir", folder, "--", .. command],
        "/", new Dictionary<string, string> { ["PATH"] = "/usr/bin", ["LANG"] = "C.UTF-8" });

    /// <exception cref="ArgumentException">One of the order's folders is not what it should be, or would show a place of the hub to the agent.</exception>
    public static void Check(BoxOrder order, HubPaths paths)
    {
        foreach (var shown in (string[])[.. order.Programs, order.Workspace, order.State])
        {
            if (!Path.IsPathRooted(shown)) throw new ArgumentException($"'{shown}' is not an absolute path.", nameof(order));
            if (new DirectoryInfo(shown).LinkTarget is not null) throw new ArgumentException($"'{shown}' is a link to somewhere else.", nameof(order));
        }
        var session = Path.GetDirectoryName(order.State);
        if (Path.GetFileName(order.State) != "home" || Path.GetDirectoryName(session) != paths.Agents) throw new ArgumentException($"'{order.State}' is not the home of a session.", nameof(order));
        if (order.HasWorkspace && Path.GetDirectoryName(order.Workspace) != paths.WorkspacesRoot && order.Workspace != paths.LocalWorkspace) throw new ArgumentException($"'{order.Workspace}' is not the directory of a workspace.", nameof(order));
        foreach (var shown in order.Programs.Append("/usr").Where(p => p != Path.Combine(session!, "given")))
            if (paths.Touches(shown)) throw new ArgumentException($"'{shown}' would show a place of the hub to an agent. Set one of the two to another path.", nameof(order));
        foreach (var shown in (string[])["/usr", .. order.Programs, order.Workspace, order.State])
            if (paths.SyncKey is { } key && HubPaths.Contains(shown, key)) throw new ArgumentException($"'{shown}' would show Sync:SshKey to an agent. Set one of the two to another path.", nameof(order));
    }

    private static IEnumerable<string> Arguments(BoxOrder order, AgentUser user) =>
    [
        .. Apart, .. Rights(user), .. order.HasNetwork ? (string[])[] : ["--unshare-net"], "--die-with-parent", .. order.Terminal is BoxTerminal.None ? (string[])["--new-session"] : [],
        .. Usr(), "--dir", "/etc", "--dir", "/etc/ssl", .. Etc.Select(name => "/etc/" + name).SelectMany(path => new[] { "--ro-bind-try", path, path }),
        "--proc", "/proc", "--dev", "/dev", "--dir", "/var",
        .. Scratch.SelectMany(s => new[] { "--perms", "1777", "--size", (s.Megabytes * 1024L * 1024L).ToString(CultureInfo.InvariantCulture), "--tmpfs", s.Path }),
        .. order.Programs.SelectMany(path => (string[])[.. Way(path), "--ro-bind", path, path]),
        .. Way(order.State), "--bind", order.State, order.State, .. order.HasWorkspace ? (string[])[.. Way(order.Workspace), "--bind", order.Workspace, order.Workspace] : [],
        // What was made on the way to the folders above.
        "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", order.Directory ?? order.Workspace,
    ];

    // In a user namespace it is any user but root, so that an agent's own sandbox can map itself again; on the disk it is the hub's user.
    // As root it leaves root by itself; until then it has to come into folders that are the agents' alone.
    private static string[] Rights(AgentUser user) => user.Id is null
        ? ["--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
        : ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP", "--cap-add", "CAP_DAC_READ_SEARCH"];

    private static string[] Bounds(AgentUser user) =>
    [
        .. As(user),
        // Where memory runs out, the agent goes before the hub.
        "/usr/bin/choom", "-n", "500", "--", "/usr/bin/prlimit", "--core=0:0", string.Create(CultureInfo.InvariantCulture, $"--nproc={MostProcesses}:{MostProcesses}"), "--",
    ];

    // Until here complaints are for the hub, from here on all is for the terminal. Signals are as a program expects them: a hub that a script started in
    // the background ignores Ctrl+C, and what stands between a shared terminal and the program ignores it too.
    private static string[] AtTerminal(BoxTerminal terminal) => terminal is BoxTerminal.None ? []
        : ["/bin/sh", "-c", "exec 2>&1; exec \"$@\"", "sh", "/usr/bin/env", "--default-signal", .. terminal is BoxTerminal.Own ? (string[])["/usr/bin/setsid", "--ctty"] : []];

    private static string[] As(AgentUser user) => user.Id is null ? []
        : ["/usr/bin/setpriv", "--reuid", user.Text, "--regid", user.Text, "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"];

    private static IEnumerable<string> Usr()
    {
        string[] usr = ["--ro-bind", "/usr", "/usr"];
        return [.. usr, .. Top.Select(name => new DirectoryInfo("/" + name)).Where(d => d.Exists)
            .SelectMany(d => d.LinkTarget is { } target ? new[] { "--symlink", target, d.FullName } : ["--ro-bind", d.FullName, d.FullName])];
    }

    // What bubblewrap makes by itself on the way to a folder, only root could pass.
    private static IEnumerable<string> Way(string path)
    {
        var above = new Stack<string>();
        for (var parent = Path.GetDirectoryName(path); parent is not null and not "/"; parent = Path.GetDirectoryName(parent)) above.Push(parent);
        return above.SelectMany(p => new[] { "--dir", p });
    }
}

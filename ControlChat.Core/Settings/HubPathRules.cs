namespace ControlChat.Core.Settings;

/// <summary>Where things lie, and that workspaces and the hub's own data never lie inside each other.</summary>
internal static class HubPathRules
{
    private const int MostLinks = 40;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static HubPaths Resolve(HubOptions options, string startDirectory, Func<string, string?> environment, List<string> faults)
    {
        var data = Full(options.Hub.DataDirectory ?? Standard(environment, faults), startDirectory);
        var root = Full(options.Workspaces.Root ?? data + "-workspaces", startDirectory);
        var local = options.Workspaces.Local is { } own ? Full(own, startDirectory) : Path.Combine(root, "local");
        var checkpoints = options.Audit.CheckpointDirectory is { } elsewhere ? Full(elsewhere, startDirectory) : Path.Combine(data, "checkpoints");
        if (Overlap(data, root)) faults.Add($"Workspaces:Root is '{root}' and Hub:DataDirectory is '{data}'; neither may contain the other; choose two separate directories.");
        if (options.Workspaces.Local is not null && Overlap(data, local)) faults.Add($"Workspaces:Local is '{local}' and Hub:DataDirectory is '{data}'; neither may contain the other; choose two separate directories.");
        var places = new HubPaths(data, root, local, checkpoints);
        var agents = options.Sessions.Directory is { } shared ? Full(shared, startDirectory) : places.Agents;
        if (options.Sessions.Directory is not null && Touches(places, agents)) faults.Add($"Sessions:Directory is '{agents}' and overlaps with a place of the hub; use a directory that neither contains Hub:DataDirectory, Workspaces:Root or Audit:CheckpointDirectory nor lies in one of them.");
        var paths = places with
        {
            Agents = agents,
            SyncDirectories = [.. options.Sync.Directories.Select(d => Full(d, startDirectory))],
            SyncKey = options.Sync.SshKey is { } key ? Full(key, startDirectory) : null,
        };
        faults.AddRange(Sync(paths));
        return paths;
    }

    public static bool Touches(HubPaths paths, string directory) =>
        new[] { paths.DataDirectory, paths.WorkspacesRoot, paths.LocalWorkspace, paths.CheckpointDirectory, paths.Agents }.Any(own => Overlap(own, directory));

    public static bool Contains(string directory, string path) => (Real(path) + '/').StartsWith(Real(directory) + '/', StringComparison.Ordinal);

    private static IEnumerable<string> Sync(HubPaths paths)
    {
        foreach (var (root, i) in paths.SyncDirectories.Select((d, i) => (d, i)))
            if (Touches(paths, root)) yield return $"Sync:Directories:{i} is '{root}' and overlaps with a place of the hub; use a directory that neither contains Hub:DataDirectory or Workspaces:Root nor lies in one of them.";
        if (paths.SyncKey is { } key && KeyFault(key) is { } fault) yield return $"Sync:SshKey is '{key}' {fault}";
    }

    // ssh refuses a key that others may read, but only when it is used; and it expands '%' and '$' in the path.
    private static string? KeyFault(string key)
    {
        if (!File.Exists(key)) return "and there is no such file; use the path of a private key.";
        if (key.IndexOfAny(['"', '\'', '%', '$', '\\']) >= 0) return "and holds a quote, '%', '$' or a backslash; use a path without them.";
        return (File.GetUnixFileMode(key) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) == 0 ? null : $"and is open to others; run: chmod 600 '{key}'";
    }

    /// <summary>Makes the data directory, or checks that nobody else may enter the one that is there.</summary>
    /// <exception cref="SettingsException">It cannot be made, is a file, or has wider rights than 0700.</exception>
    public static void Prepare(HubPaths paths)
    {
        var data = paths.DataDirectory;
        try
        {
            if (!Directory.Exists(data)) Directory.CreateDirectory(data, OwnerOnly);
            var mode = File.GetUnixFileMode(data);
            if ((mode & ~OwnerOnly) != 0)
                throw new SettingsException([$"Hub:DataDirectory is '{data}' with mode {Convert.ToString((int)mode, 8)}, open to others; run: chmod 700 '{data}'"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"Hub:DataDirectory is '{data}' and cannot be used ({e.Message}); use a directory you may write."]);
        }
    }

    private static string Standard(Func<string, string?> environment, List<string> faults)
    {
        // The base directory specification: a relative XDG_DATA_HOME is to be ignored. https://specifications.freedesktop.org/basedir-spec/latest/
        if (environment("XDG_DATA_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg)) return Path.Combine(xdg, "controlchat");
        if (environment("HOME") is { Length: > 0 } home) return Path.Combine(home, ".local", "share", "controlchat");
        faults.Add("Hub:DataDirectory is not set and there is no HOME; use a path, absolute or relative to the directory the hub is started in.");
        return "controlchat-data";
    }

    private static string Full(string path, string startDirectory) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, startDirectory));

    private static bool Overlap(string one, string other)
    {
        var (a, b) = (Real(one) + '/', Real(other) + '/');
        return a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal);
    }

    // Links in any part count, and links in what a link leads to: a root that is a link into the data directory lies in it.
    // What does not exist yet cannot be a link. Of links in a ring Linux itself follows 40: man 7 path_resolution.
    private static string Real(string path)
    {
        var (real, links) = ("", 0);
        var left = new Stack<string>(Parts(path).Reverse());
        while (left.TryPop(out var part))
        {
            if (part == "..")
            {
                real = real.LastIndexOf('/') is > 0 and var at ? real[..at] : "";
                continue;
            }
            if (links >= MostLinks || new DirectoryInfo($"{real}/{part}").LinkTarget is not { } target)
            {
                real = $"{real}/{part}";
                continue;
            }
            links++;
            if (target.StartsWith('/')) real = "";
            foreach (var next in Parts(target).Reverse()) left.Push(next);
        }
        return real;
    }

    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".");
}

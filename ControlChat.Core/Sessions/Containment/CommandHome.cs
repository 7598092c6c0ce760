using ControlChat.Core.Files;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// Where commands that belong together keep what they need, out of reach of the session's agent. It goes with all that is in it; where its
/// process died first, another one removes it. Whether that lives is told by a lock beside it, which the kernel lets go of with the process.
/// </summary>
public sealed class CommandHome : IDisposable
{
    private const string Prefix = "cmd_";
    private const string Lock = ".lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly HubPaths _paths;
    private readonly string _name = $"{Prefix}{Guid.NewGuid():n}";
    private readonly FileStream _lock;

    /// <exception cref="IOException">It cannot be made.</exception>
    public CommandHome(HubPaths paths, AgentUser user)
    {
        _paths = paths;
        Directory.CreateDirectory(paths.Agents, OwnerOnly);
        // Before the folder, so that there is none without it.
        _lock = Hold(LockOf(paths, _name), FileMode.CreateNew);
        try
        {
            Folder = AgentFolder.Open(paths, _name, user);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public AgentFolder Folder { get; }

    public static bool IsOne(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The names of those of which only the lock was left.</summary>
    public static IReadOnlyList<string> LeftLocks(HubPaths paths) =>
        [.. Directory.EnumerateFiles(paths.Agents, $"{Prefix}*{Lock}").Select(Path.GetFileNameWithoutExtension).OfType<string>().Where(name => !Directory.Exists(Path.Combine(paths.Agents, name)))];

    /// <summary>Removes one whose process is gone; any other stays.</summary>
    /// <exception cref="IOException">It could not all be removed.</exception>
    public static void RemoveLeft(HubPaths paths, string name)
    {
        FileStream? held = null;
        try
        {
            held = Hold(LockOf(paths, name), FileMode.OpenOrCreate);
        }
        catch (IOException)
        {
            // Its process lives, here or on another machine.
            return;
        }
        Remove(paths, name, held);
    }

    public void Dispose() => Remove(_paths, _name, _lock);

    private static void Remove(HubPaths paths, string name, FileStream held)
    {
        using (held)
        {
            using var all = ConfinedRoot.Open(paths.Agents);
            all.Remove(name);
            File.Delete(held.Name);
        }
    }

    private static FileStream Hold(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);

    private static string LockOf(HubPaths paths, string name) => Path.Combine(paths.Agents, name + Lock);
}

using System.Text;
using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>The files by which Linux tells of control groups and takes orders for them (man 7 cgroups).</summary>
/// <param name="root">In front of every path; empty: the machine's own.</param>
internal class CgroupFiles(string root = "")
{
    /// <summary>The hub's process.</summary>
    public virtual int Hub => Environment.ProcessId;

    public string Read(string path) => File.ReadAllText(root + path);

    public bool IsThere(string path) => Path.Exists(root + path);

    /// <summary>Names of the groups right below one.</summary>
    public IReadOnlyList<string> Below(string group) => [.. Directory.EnumerateDirectories(root + group).Select(d => Path.GetFileName(d))];

    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's, or there is no such file.</exception>
    public virtual void Write(string path, string text)
    {
        // Unbuffered: what the kernel says to it is said here. Never made: only the kernel makes these.
        using var file = new FileStream(root + path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public virtual void Make(string group) => Directory.CreateDirectory(root + group);

    /// <summary>Removes a group with all below it. The files in one go with it, a process in one keeps it.</summary>
    /// <returns>False when some are still in use.</returns>
    public bool Remove(string group)
    {
        try
        {
            foreach (var below in Below(group)) Remove($"{group}/{below}");
            RemoveOne(group);
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            // A process is in it, or in one below.
        }
        return !IsThere(group);
    }

    public virtual void Kill(int process) => ProcessGroup.End(process);

    protected virtual void RemoveOne(string group) => Directory.Delete(root + group);
}

using System.Runtime.InteropServices;
using System.Text;

namespace ControlChat.Core.Files;

/// <summary>
/// Directories directly below one root, made and removed by file descriptor: no symbolic link is ever followed below the root,
/// so whoever can write there cannot lead a removal elsewhere.
/// </summary>
public sealed class ConfinedRoot : IDisposable
{
    // Deeper directories are moved to the top first: somebody else chose the depth, and every level holds a descriptor.
    private const int MostDepth = 32;
    private readonly int _root;
    private int _moved;

    private ConfinedRoot(int root) => _root = root;

    /// <param name="path">Absolute and there. The root itself may be a link: the operator named it.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static ConfinedRoot Open(string path)
    {
        var root = Libc.Open(path, Libc.Directory | Libc.CloseOnExec);
        return root >= 0 ? new ConfinedRoot(root) : throw Libc.Fault("open the root");
    }

    /// <summary>Makes a directory with 0700, or leaves the one that is there.</summary>
    /// <exception cref="IOException">Something else has that name, or it cannot be made.</exception>
    public void Make(string name)
    {
        CheckName(name);
        if (Libc.MakeAt(_root, name, Libc.OwnerOnly) == 0) return;
        if (Marshal.GetLastPInvokeError() != Libc.Exists) throw Libc.Fault($"make {name}");
        var there = Libc.OpenAt(_root, name, Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        if (there < 0) throw Libc.Fault($"use {name}, which is there");
        _ = Libc.Close(there);
    }

    /// <summary>Removes a directory with everything in it; nothing to do when it is absent. A link of that name goes itself, what it points to stays.</summary>
    /// <exception cref="IOException">It could not all be removed; doing it again goes on.</exception>
    public void Remove(string name)
    {
        CheckName(name);
        if (Unlinked(_root, name)) return;
        var directory = OpenBelow(_root, name);
        if (directory < 0) return;
        try
        {
            while (Empty(directory, directory, 0))
            {
            }
        }
        finally
        {
            _ = Libc.Close(directory);
        }
        if (Libc.UnlinkAt(_root, name, Libc.RemoveDirectory) != 0 && Marshal.GetLastPInvokeError() != Libc.Absent) throw Libc.Fault($"remove {name}");
    }

    public void Dispose() => _ = Libc.Close(_root);

    /// <returns>Whether anything was there.</returns>
    private bool Empty(int directory, int top, int depth)
    {
        var names = Libc.List(directory);
        foreach (var name in names)
        {
            if (Unlinked(directory, name)) continue;
            if (depth == MostDepth) MoveUp(directory, name, top);
            else EmptyBelow(directory, name, top, depth);
        }
        return names.Count > 0;
    }

    private void EmptyBelow(int directory, byte[] name, int top, int depth)
    {
        var below = OpenBelow(directory, name);
        if (below < 0) return;
        try
        {
            Empty(below, top, depth + 1);
        }
        finally
        {
            _ = Libc.Close(below);
        }
        if (Libc.UnlinkAt(directory, name, Libc.RemoveDirectory) != 0 && Marshal.GetLastPInvokeError() is not (Libc.Absent or Libc.NotEmpty)) throw Libc.Fault("remove a directory");
    }

    private void MoveUp(int directory, byte[] name, int top)
    {
        while (Libc.RenameAt(directory, name, top, Bytes($".removing-{_moved++}")) != 0)
        {
            if (Marshal.GetLastPInvokeError() is not (Libc.Exists or Libc.NotEmpty or Libc.NotADirectory)) throw Libc.Fault("move a deep directory");
        }
    }

    // A file, or a link of any kind, is gone; false: it is a directory.
    private static bool Unlinked(int directory, string name) => Unlinked(directory, Bytes(name));

    private static bool Unlinked(int directory, byte[] name)
    {
        if (Libc.UnlinkAt(directory, name, 0) == 0) return true;
        return Marshal.GetLastPInvokeError() switch
        {
            Libc.Absent => true,
            // Linux says EISDIR; POSIX allows EPERM.
            Libc.IsADirectory or Libc.NotPermitted => false,
            _ => throw Libc.Fault("remove a file"),
        };
    }

    private static int OpenBelow(int directory, string name) => OpenBelow(directory, Bytes(name));

    // Negative when it went away meanwhile. A directory without rights for its owner is given them through a descriptor, never by name.
    private static int OpenBelow(int directory, byte[] name)
    {
        var below = Libc.OpenAt(directory, name, Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        if (below < 0 && Marshal.GetLastPInvokeError() == Libc.NoAccess)
        {
            Unlock(directory, name);
            below = Libc.OpenAt(directory, name, Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        }
        if (below < 0 && Marshal.GetLastPInvokeError() != Libc.Absent) throw Libc.Fault("open a directory");
        return below;
    }

    private static void Unlock(int directory, byte[] name)
    {
        var handle = Libc.OpenAt(directory, name, Libc.PathOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        if (handle < 0) return;
        _ = Libc.ChangeMode($"/proc/self/fd/{handle}", Libc.OwnerOnly);
        _ = Libc.Close(handle);
    }

    private static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name + '\0');

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\0')) throw new ArgumentException($"'{name}' is no name of a directory.", nameof(name));
    }
}

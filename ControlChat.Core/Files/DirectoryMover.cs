using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>Moves a whole directory to a new name beneath a root, by descriptors: no link is passed on either side, and what has the name keeps it.</summary>
internal static class DirectoryMover
{
    /// <param name="from">Absolute: where it lies; the hub's own, or the root's.</param>
    /// <param name="name">In <paramref name="from"/>.</param>
    /// <exception cref="IOException"><paramref name="from"/> cannot be opened.</exception>
    public static FileMoving MoveIn(BeneathRoot root, string from, string name, WorkspacePath to)
    {
        if (to.Depth == 0) return Refuse(FileProblem.IsADirectory, "The workspace itself is there already.");
        if (!root.TryOpenDirectory(to.Parent, links: false, out var opened, out var refusal)) return new FileMoving.Refused(refusal);
        using var directory = opened;
        var descriptor = Libc.Open(from, Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        if (descriptor < 0) throw Libc.Fault("open what is to be moved");
        using var source = new SafeFileHandle(descriptor, ownsHandle: true);
        var target = FileCalls.Terminated(to.Names[^1]);
        // An empty directory takes the name only while nothing has it, and is the only kind that a rename replaces: man 2 rename.
        if (FileCalls.MakeDirectoryAt(directory, target, Libc.OwnerOnly) != 0) return Failed(Marshal.GetLastPInvokeError(), to);
        if (FileCalls.Rename(source, FileCalls.Terminated(System.Text.Encoding.UTF8.GetBytes(name)), directory, target) == 0)
        {
            if (FileCalls.Flush(directory) != 0) throw Libc.Fault("flush the directory");
            return new FileMoving.Moved();
        }
        var error = Marshal.GetLastPInvokeError();
        _ = FileCalls.Unlink(directory, target, Libc.RemoveDirectory);
        return error == FileCalls.CrossDevice ? new FileMoving.OtherDisk() : Failed(error, to);
    }

    private static FileMoving.Refused Failed(int error, WorkspacePath to) => error is Libc.Exists or Libc.NotEmpty or Libc.NotADirectory
        ? Refuse(FileProblem.Stale, $"{to} is there already. Name a new directory.")
        : new FileMoving.Refused(BeneathRoot.Explain(error, to));

    private static FileMoving.Refused Refuse(FileProblem problem, string why) => new(new FileRefusal(problem, why));
}

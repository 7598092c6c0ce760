using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>
/// Opens what lies beneath one directory. The kernel decides what that is while it resolves the path (openat2, RESOLVE_BENEATH), so no
/// swap in between leads out; where it cannot, every part is opened by itself and no link is passed.
/// </summary>
internal sealed class BeneathRoot : IDisposable
{
    private const int Tries = 3;
    private readonly SafeFileHandle _root;
    private readonly bool _links;
    private volatile bool _walks;

    private BeneathRoot(SafeFileHandle root, bool walks, bool links) => (_root, _walks, _links) = (root, walks, links);

    /// <param name="path">Absolute. The root itself may be a link: the operator named it.</param>
    /// <param name="walks">Never to use openat2, as on a kernel that has none.</param>
    /// <param name="links">False: no link is passed, whoever asks.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static BeneathRoot Open(string path, bool walks = false, bool links = true)
    {
        var root = Libc.Open(path, Libc.Directory | Libc.CloseOnExec);
        return root >= 0 ? new BeneathRoot(new SafeFileHandle(root, ownsHandle: true), walks, links) : throw Libc.Fault("open the root");
    }

    /// <param name="links">Whether links that stay beneath the root may be passed.</param>
    public bool TryOpen(WorkspacePath path, int flags, bool links, [NotNullWhen(true)] out SafeFileHandle? handle, [NotNullWhen(false)] out FileRefusal? refusal)
    {
        handle = _walks ? Walk(path, flags) : Resolve(path, flags, links && _links);
        refusal = handle is null ? Explain(Marshal.GetLastPInvokeError(), path) : null;
        return handle is not null;
    }

    public bool TryOpenDirectory(WorkspacePath path, bool links, [NotNullWhen(true)] out SafeFileHandle? handle, [NotNullWhen(false)] out FileRefusal? refusal) =>
        TryOpen(path, FileCalls.ReadOnly | Libc.Directory | Libc.CloseOnExec, links, out handle, out refusal);

    public void Dispose() => _root.Dispose();

    public static FileRefusal Explain(int error, WorkspacePath path) => error switch
    {
        FileCalls.CrossDevice => new(FileProblem.Outside, $"{path} leads outside the workspace."),
        FileCalls.Loop => new(FileProblem.Link, $"{path} goes by a symbolic link that may not be followed here. Name the file itself."),
        Libc.Absent => new(FileProblem.Absent, $"There is no {path}."),
        Libc.NotADirectory => new(FileProblem.NotADirectory, $"A part of {path} is not a directory."),
        Libc.IsADirectory => new(FileProblem.IsADirectory, $"{path} is a directory."),
        FileCalls.NoSuchDevice => new(FileProblem.NotRegular, $"{path} is a pipe, a socket or a device, not a file."),
        Libc.NoAccess or Libc.NotPermitted => new(FileProblem.Denied, $"The system does not allow {path} to be opened."),
        FileCalls.NameTooLong => new(FileProblem.Invalid, "The path is too long."),
        FileCalls.TryAgain => new(FileProblem.Busy, $"{path} is being moved about; try again."),
        _ => throw new IOException($"Cannot open {path}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})."),
    };

    private SafeFileHandle? Resolve(WorkspacePath path, int flags, bool links)
    {
        var resolve = FileCalls.Beneath | FileCalls.NoMagicLinks | (links ? 0 : FileCalls.NoLinks);
        var terminated = path.Terminated();
        for (var tried = 1; ; tried++)
        {
            if (FileCalls.Open(_root, terminated, flags, resolve) is { } handle) return handle;
            switch (Marshal.GetLastPInvokeError())
            {
                // A rename anywhere on the machine can make the kernel unsure about '..' in a link.
                case FileCalls.TryAgain when tried < Tries:
                    continue;
                case FileCalls.NotThere or FileCalls.TooBig:
                    _walks = true;
                    return Walk(path, flags);
                // A filter on system calls says so too.
                case Libc.NotPermitted:
                    return Walk(path, flags);
                default:
                    return null;
            }
        }
    }

    private SafeFileHandle? Walk(WorkspacePath path, int flags)
    {
        if (path.Depth == 0) return FileCalls.OpenAt(_root, ".\0"u8, flags | Libc.NoFollow);
        SafeFileHandle? below = null;
        try
        {
            for (var i = 0; i < path.Depth - 1; i++)
            {
                var next = FileCalls.OpenAt(below ?? _root, FileCalls.Terminated(path.Names[i]), Libc.PathOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
                if (next is null) return Failed(below ?? _root, path.Names[i]);
                below?.Dispose();
                below = next;
            }
            return FileCalls.OpenAt(below ?? _root, FileCalls.Terminated(path.Names[^1]), flags | Libc.NoFollow) ?? Failed(below ?? _root, path.Names[^1]);
        }
        finally
        {
            var error = Marshal.GetLastPInvokeError();
            below?.Dispose();
            Marshal.SetLastPInvokeError(error);
        }
    }

    // O_DIRECTORY calls a link no directory; who asked should hear that it is a link.
    private static SafeFileHandle? Failed(SafeFileHandle directory, byte[] name)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == Libc.NotADirectory && FileStatus.Of(directory, FileCalls.Terminated(name)) is { Kind: EntryKind.Link }) error = FileCalls.Loop;
        Marshal.SetLastPInvokeError(error);
        return null;
    }
}

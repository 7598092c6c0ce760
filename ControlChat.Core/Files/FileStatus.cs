using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>What a name in a directory is.</summary>
public enum EntryKind
{
    File,
    Directory,

    /// <summary>A symbolic link. It is never looked through when directories are read.</summary>
    Link,

    /// <summary>A pipe, a socket or a device.</summary>
    Other,
}

/// <summary>What statx(2) says. Two that are equal are the same file, unchanged as far as the file system can tell.</summary>
internal readonly record struct FileStatus(EntryKind Kind, uint Mode, uint User, uint Group, ulong Inode, ulong Device, long Size, long Changed, long Modified)
{
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const uint Basic = 0x7FF;

    /// <exception cref="IOException">The handle cannot be asked.</exception>
    public static FileStatus Of(SafeFileHandle handle) => Read(handle, [0], EmptyPath) ?? throw Libc.Fault("look at a file");

    /// <summary>Of a name in a directory, a link itself; null when it is not there.</summary>
    public static FileStatus? Of(SafeFileHandle directory, ReadOnlySpan<byte> terminated) => Read(directory, terminated, NoFollow);

    // struct statx, the same everywhere: uid 20, gid 24, mode 28, ino 32, size 40, ctime 96, mtime 112 (seconds 8, nanoseconds 4), dev 136.
    private static unsafe FileStatus? Read(SafeFileHandle directory, ReadOnlySpan<byte> terminated, int flags)
    {
        var buffer = stackalloc byte[256];
        fixed (byte* path = terminated)
        {
            if (FileCalls.Status(directory, path, flags, Basic, buffer) != 0) return null;
        }
        var all = new ReadOnlySpan<byte>(buffer, 256);
        var mode = MemoryMarshal.Read<ushort>(all[28..]);
        return new FileStatus(KindOf(mode), mode & 0xFFFu, Number(all, 20), Number(all, 24), MemoryMarshal.Read<ulong>(all[32..]), MemoryMarshal.Read<ulong>(all[136..]),
            MemoryMarshal.Read<long>(all[40..]), Nanoseconds(all, 96), Nanoseconds(all, 112));
    }

    private static EntryKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => EntryKind.File,
        0x4000 => EntryKind.Directory,
        0xA000 => EntryKind.Link,
        _ => EntryKind.Other,
    };

    private static uint Number(ReadOnlySpan<byte> all, int at) => MemoryMarshal.Read<uint>(all[at..]);

    private static long Nanoseconds(ReadOnlySpan<byte> all, int at) => MemoryMarshal.Read<long>(all[at..]) * 1_000_000_000 + Number(all, at + 8);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>The calls of Linux that read and write single files by descriptor. Numbers: asm-generic, the same on x64 and arm64 but where said.</summary>
internal static unsafe partial class FileCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoTerminal = 0x100;
    public const int NonBlocking = 0x800;

    public const int IoError = 5;
    public const int NoSuchDevice = 6;
    public const int TooBig = 7;
    public const int TryAgain = 11;
    public const int CrossDevice = 18;
    public const int NameTooLong = 36;
    public const int NotThere = 38;
    public const int Loop = 40;

    public const ulong Beneath = 0x08;
    public const ulong NoMagicLinks = 0x02;
    public const ulong NoLinks = 0x04;

    /// <summary>SYNC_FILE_RANGE_WRITE: begin, and do not wait.</summary>
    public const uint WriteBack = 2;

    private const nint OpenAt2Number = 437;
    private const int ExclusiveLock = 2;

    /// <summary>How a file of unknown kind is opened: neither a pipe nor a terminal may hold us.</summary>
    public const int ToRead = ReadOnly | NonBlocking | NoTerminal | Libc.CloseOnExec;

    private static nint ReadEntriesNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 61 : 217;

    /// <summary>openat2(2); null with the error number set.</summary>
    public static SafeFileHandle? Open(SafeFileHandle directory, ReadOnlySpan<byte> terminated, int flags, ulong resolve)
    {
        var how = stackalloc ulong[3] { (uint)flags, 0, resolve };
        fixed (byte* path = terminated) return Owned((int)Call(OpenAt2Number, directory, path, how, 24));
    }

    /// <summary>openat(2) for one name; null with the error number set.</summary>
    public static SafeFileHandle? OpenAt(SafeFileHandle directory, ReadOnlySpan<byte> terminated, int flags, uint mode = 0)
    {
        fixed (byte* name = terminated) return Owned(Open(directory, name, flags, mode));
    }

    /// <summary>getdents64(2): bytes put into the buffer, 0 at the end, negative for an error.</summary>
    public static int ReadEntries(SafeFileHandle directory, byte* buffer, int length) => (int)Call(ReadEntriesNumber, directory, buffer, length);

    public static byte[] Terminated(ReadOnlySpan<byte> name) => [.. name, 0];

    /// <summary>Waits for the lock of an open directory; it goes with the handle.</summary>
    public static void Lock(SafeFileHandle handle)
    {
        while (Lock(handle, ExclusiveLock) != 0)
        {
            // EINTR: a signal came first.
            if (Marshal.GetLastPInvokeError() != 4) throw Libc.Fault("lock the folder");
        }
    }

    private static SafeFileHandle? Owned(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, SafeFileHandle directory, byte* path, ulong* how, nint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, SafeFileHandle directory, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int Open(SafeFileHandle directory, byte* name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Status(SafeFileHandle directory, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle handle, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle handle, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int StartWriting(SafeFileHandle handle, long from, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int Rename(SafeFileHandle from, byte[] name, SafeFileHandle to, byte[] newName);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    public static partial int Link(SafeFileHandle from, byte[] name, SafeFileHandle to, byte[] newName, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int Unlink(SafeFileHandle directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(SafeFileHandle directory, byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();
}

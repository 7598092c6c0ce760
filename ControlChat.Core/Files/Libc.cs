using System.Runtime.InteropServices;

namespace ControlChat.Core.Files;

/// <summary>The calls of Linux that work on descriptors. Numbers: asm-generic/fcntl.h and errno.h, the same on x64 and arm64 but where said.</summary>
internal static partial class Libc
{
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const uint OwnerOnly = 0b111_000_000;
    public const int RemoveDirectory = 0x200;

    public const int NotPermitted = 1;
    public const int Absent = 2;
    public const int NoAccess = 13;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int NotEmpty = 39;

    private const int NameOffset = 19;

    // arm64 swaps these two with O_DIRECT and O_LARGEFILE.
    public static int Directory => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    public static int NoFollow => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenAt(int directory, string name, int flags);

    /// <param name="name">Ends with a zero byte: names of other people's files need not be UTF-8.</param>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeAt(int directory, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(int directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(int from, byte[] name, int to, byte[] newName);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>The names in a directory, each ending with a zero byte; . and .. are left out.</summary>
    public static List<byte[]> List(int directory)
    {
        // The stream owns and closes its descriptor, so it gets one of its own.
        var own = OpenAt(directory, ".", Directory | CloseOnExec);
        var stream = own < 0 ? 0 : OpenStream(own);
        if (stream == 0) throw Fault("list a directory");
        var names = new List<byte[]>();
        for (var entry = Next(stream); entry != 0; entry = Next(stream))
        {
            var name = NameAt(entry + NameOffset);
            if (!name.AsSpan().SequenceEqual(".\0"u8) && !name.AsSpan().SequenceEqual("..\0"u8)) names.Add(name);
        }
        _ = CloseStream(stream);
        return names;
    }

    public static IOException Fault(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).");
    }

    private static byte[] NameAt(nint address)
    {
        var length = 0;
        while (Marshal.ReadByte(address, length) != 0) length++;
        var name = new byte[length + 1];
        Marshal.Copy(address, name, 0, length);
        return name;
    }

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    // struct dirent on 64-bit Linux: ino 8, off 8, reclen 2, type 1, then the name.
    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint Next(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir", SetLastError = true)]
    private static partial int CloseStream(nint stream);
}

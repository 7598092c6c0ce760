using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>The names in an open directory in the order the file system keeps them, read many at a time and without an object for each. Once only.</summary>
internal sealed unsafe class DirectoryEntries(SafeFileHandle directory) : IDisposable
{
    private const int Room = 128 * 1024;

    // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, then the name with a zero byte.
    private const int LengthAt = 16;
    private const int TypeAt = 18;
    private const int NameAt = 19;

    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(Room);
    private int _filled;
    private int _next;
    private byte* _entry;
    private int _nameLength;

    /// <summary>Until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Name => new(_entry + NameAt, _nameLength);

    /// <summary>The name with its zero byte.</summary>
    public ReadOnlySpan<byte> Terminated => new(_entry + NameAt, _nameLength + 1);

    public EntryKind Kind => _entry[TypeAt] switch
    {
        8 => EntryKind.File,
        4 => EntryKind.Directory,
        10 => EntryKind.Link,
        // Not every file system says it here.
        0 => FileStatus.Of(directory, Terminated)?.Kind ?? EntryKind.Other,
        _ => EntryKind.Other,
    };

    /// <summary>The next name that is neither <c>.</c> nor <c>..</c>.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public bool Next()
    {
        do
        {
            if (_next == _filled)
            {
                _filled = FileCalls.ReadEntries(directory, _buffer, Room);
                _next = 0;
                if (_filled < 0) throw Libc.Fault("read a directory");
                if (_filled == 0) return false;
            }
            _entry = _buffer + _next;
            _next += *(ushort*)(_entry + LengthAt);
            _nameLength = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_entry + NameAt).Length;
        }
        while (_entry[NameAt] == '.' && (_nameLength == 1 || (_nameLength == 2 && _entry[NameAt + 1] == '.')));
        return true;
    }

    public void Dispose() => NativeMemory.Free(_buffer);
}

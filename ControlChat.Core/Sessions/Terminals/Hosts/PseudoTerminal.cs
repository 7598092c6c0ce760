using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>The end of a pseudo-terminal that stands for the screen and the keyboard (man 7 pty). No process that is started gets it.</summary>
internal sealed unsafe partial class PseudoTerminal : IDisposable
{
    private const int ReadOnly = 0x0;
    private const int ReadWrite = 0x2;
    private const int NoControl = 0x100;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    // asm-generic/ioctls.h: the same on x64 and ARM64. TCGETS and TCSETS take the kernel's own termios, which begins with four words of flags.
    private const nuint GetSettings = 0x5401;
    private const nuint SetSettings = 0x5402;
    private const nuint SetSize = 0x5414;
    private const int SettingsBytes = 64;
    private const int InputFlags = 0;
    private const int LocalFlags = 3;
    private const uint Utf8 = 0x4000;
    private const uint Canonical = 0x2;
    private const uint EchoOn = 0x8;

    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const short Readable = 1;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _wake;

    private PseudoTerminal(SafeFileHandle master, SafeFileHandle wake, string path) => (_master, _wake, Path) = (master, wake, path);

    /// <summary>Of the other end, for programs.</summary>
    public string Path { get; }

    /// <summary>Whether what is typed shows.</summary>
    public TerminalEcho Echo
    {
        get
        {
            try
            {
                return EchoOf(_master);
            }
            catch (ObjectDisposedException)
            {
                return TerminalEcho.Hidden;
            }
        }
    }

    /// <summary>Programs open their terminal by name too, as /dev/stdout.</summary>
    /// <exception cref="IOException">This process may not.</exception>
    public static void Give(string path, int owner)
    {
        if (ChangeOwner(path, owner, owner) != 0) throw Fault("given to the agents' user");
    }

    /// <summary>The same of a terminal whose other end somebody else holds.</summary>
    public static TerminalEcho EchoAt(string path)
    {
        using var terminal = OpenAt(path, ReadOnly | NoControl | NonBlocking | CloseOnExec);
        return terminal.IsInvalid ? TerminalEcho.Hidden : EchoOf(terminal);
    }

    /// <param name="owner">Whose it is, besides who has it open; null: this process's user.</param>
    /// <exception cref="IOException">The machine gives none.</exception>
    public static PseudoTerminal Open(TerminalSize size, int? owner)
    {
        var master = OpenMaster(ReadWrite | NoControl | NonBlocking | CloseOnExec);
        try
        {
            if (master.IsInvalid) throw Fault("opened");
            if (Grant(master) != 0 || Unlock(master) != 0) throw Fault("made ready");
            var name = stackalloc byte[128];
            if (Name(master, name, 128) != 0) throw Fault("named");
            var path = Marshal.PtrToStringUTF8((nint)name)!;
            if (owner is { } id) Give(path, id);
            var wake = EventDescriptor(0, NonBlocking | CloseOnExec);
            if (wake.IsInvalid) throw Fault("waited for");
            var terminal = new PseudoTerminal(master, wake, path);
            terminal.EraseWholeCharacters();
            terminal.Resize(size);
            return terminal;
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    public void Resize(TerminalSize size)
    {
        var window = stackalloc ushort[4] { (ushort)size.Rows, (ushort)size.Columns, 0, 0 };
        if (!_master.IsClosed) _ = Control(_master, SetSize, window);
    }

    /// <summary>Waits for output.</summary>
    /// <returns>0: every program has closed the other end, or this one was woken and there is nothing more.</returns>
    public int Read(Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            // The kernel hands over 4 KiB at once at most.
            var read = ReadOnce(buffer[filled..]);
            if (read > 0) filled += read;
            else if (read == 0 || filled > 0 || !WaitForOutput()) return filled;
        }
        return filled;
    }

    /// <returns>How much it took; 0: it takes none now.</returns>
    /// <exception cref="IOException">Nobody reads it any more.</exception>
    public int Write(ReadOnlySpan<byte> input)
    {
        fixed (byte* start = input)
        {
            var written = WriteBytes(_master, start, (nuint)input.Length);
            if (written >= 0) return (int)written;
            return Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? 0 : throw Fault("written to");
        }
    }

    /// <summary>Whoever waits for output gets what there is, and then its end.</summary>
    public void Wake()
    {
        var one = 1UL;
        if (!_wake.IsClosed) _ = WriteBytes(_wake, (byte*)&one, sizeof(ulong));
    }

    public void Dispose()
    {
        Wake();
        // A read that is under way holds both open until it is through.
        _master.Dispose();
        _wake.Dispose();
    }

    // Above 0: bytes; 0: the end; below 0: nothing now.
    private int ReadOnce(Span<byte> buffer)
    {
        try
        {
            fixed (byte* start = buffer)
            {
                var read = ReadBytes(_master, start, (nuint)buffer.Length);
                if (read >= 0) return (int)read;
                // EIO: nobody has the other end open.
                return Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? -1 : 0;
            }
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    // False: it was woken, and there is nothing.
    private bool WaitForOutput()
    {
        var (hasMaster, hasWake) = (false, false);
        try
        {
            _master.DangerousAddRef(ref hasMaster);
            _wake.DangerousAddRef(ref hasWake);
            var waited = stackalloc PollEntry[2];
            (waited[0].Descriptor, waited[0].Events) = ((int)_master.DangerousGetHandle(), Readable);
            (waited[1].Descriptor, waited[1].Events) = ((int)_wake.DangerousGetHandle(), Readable);
            while (Poll(waited, 2, -1) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
                // A signal of the runtime's.
            }
            return waited[0].Happened != 0;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (hasMaster) _master.DangerousRelease();
            if (hasWake) _wake.DangerousRelease();
        }
    }

    // A line that the kernel edits loses a character at a time, not a byte.
    private void EraseWholeCharacters()
    {
        var settings = stackalloc uint[SettingsBytes / sizeof(uint)];
        if (Control(_master, GetSettings, settings) != 0) return;
        settings[InputFlags] |= Utf8;
        _ = Control(_master, SetSettings, settings);
    }

    private static TerminalEcho EchoOf(SafeFileHandle terminal)
    {
        var settings = stackalloc uint[SettingsBytes / sizeof(uint)];
        if (Control(terminal, GetSettings, settings) != 0) return TerminalEcho.Hidden;
        return (settings[LocalFlags] & EchoOn) != 0 ? TerminalEcho.Shown : (settings[LocalFlags] & Canonical) != 0 ? TerminalEcho.Hidden : TerminalEcho.ByProgram;
    }

    private static IOException Fault(string what) => new($"A terminal cannot be {what}: {Marshal.GetLastPInvokeErrorMessage()}.");

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial SafeFileHandle OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(string path, int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int Name(SafeFileHandle master, byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial SafeFileHandle EventDescriptor(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle handle, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadBytes(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteBytes(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);
}

namespace ControlChat.Core.Telemetry;

/// <summary>The log on disk: a file a day and, when that is full, further parts. One process writes; anyone may read along.</summary>
/// <param name="directory">Made when missing, for the owner only.</param>
/// <param name="time">The day of a file is UTC.</param>
/// <param name="mostBytes">A part that is larger is followed by another.</param>
public sealed class LogFiles(string directory, TimeProvider time, long mostBytes = LogFiles.PartBytes) : IDisposable
{
    public const long PartBytes = 64 * 1024 * 1024;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;
    private FileStream? _open;
    private LogFileName _name;

    public string Directory => directory;

    /// <summary>Appends whole lines.</summary>
    /// <exception cref="IOException">The disk is full or gone; nothing of these lines counts as written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            var file = Current();
            file.Write(lines);
            file.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Deletes the files of days before <paramref name="oldest"/>.</summary>
    /// <returns>Those that are gone.</returns>
    public IReadOnlyList<LogFileName> DeleteBefore(DateOnly oldest)
    {
        var old = LogFileName.In(directory).Where(n => n.Day < oldest).ToList();
        foreach (var name in old) File.Delete(Path.Combine(directory, name.ToString()));
        return old;
    }

    public void Dispose() => Close();

    private FileStream Current()
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (_open is not null && _name.Day == today && _open.Length < mostBytes) return _open;
        // A file that went away under us (or a clock that jumped) is no reason to lose lines: find the place anew.
        Close();
        System.IO.Directory.CreateDirectory(directory, OwnerDirectory);
        _name = LogFileName.In(directory).LastOrDefault(n => n.Day == today);
        if (_name.Day != today) _name = new LogFileName(today, 0);
        _open = Open(_name);
        if (_open.Length < mostBytes) return _open;
        _open.Dispose();
        _name = _name with { Part = _name.Part + 1 };
        return _open = Open(_name);
    }

    private FileStream Open(LogFileName name)
    {
        var file = new FileStream(Path.Combine(directory, name.ToString()), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = OwnerFile,
        });
        // A process that died in the middle of a line left it open: close it, so that the next line stands alone.
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
        }
        return file;
    }

    private void Close()
    {
        try
        {
            _open?.Dispose();
        }
        catch (IOException)
        {
            // What was buffered could not be written: the caller knows from the exception that closed it.
        }
        _open = null;
    }
}

using System.Globalization;

namespace ControlChat.App.Start;

/// <summary>
/// One web or worker process for a data directory, whose checkpoints, logs and hosts have one owner: an advisory lock (flock) on
/// <c>hub.lock</c>, which the kernel drops with the process.
/// The pid stands in a file of its own, because the locked file cannot be opened by the one who is refused.
/// </summary>
internal sealed class HubLock : IDisposable
{
    private readonly FileStream _file;

    private HubLock(FileStream file) => _file = file;

    /// <exception cref="StartException">Another process has the data directory.</exception>
    public static HubLock Take(string dataDirectory)
    {
        var pidFile = Path.Combine(dataDirectory, "hub.pid");
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(dataDirectory, "hub.lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException)
        {
            var holder = File.Exists(pidFile) ? File.ReadAllText(pidFile).Trim() : "unknown";
            throw new StartException(ExitCode.InUse, $"Another ControlChat process (pid {holder}) uses the data directory '{dataDirectory}'. Stop it first, or set Hub:DataDirectory.");
        }
        PrivateFile.Write(pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new HubLock(file);
    }

    public void Dispose() => _file.Dispose();
}

using ControlChat.Core.Settings;
using ControlChat.Core.Sync;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Sync;

/// <summary>A workspace's directory and a remote one, with what rsync needs to make one like the other.</summary>
internal sealed class SyncBed : IDisposable
{
    private readonly TempFolder _folder = new();

    public SyncBed()
    {
        foreach (var place in (string[])["own", "remote", "outside"]) Directory.CreateDirectory(_folder[place]);
        Directory.CreateDirectory(_folder["data"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Settings.Paths = new HubPaths(_folder["data"], _folder["workspaces"], _folder["workspaces/local"], _folder["data/checkpoints"]);
    }

    public TestSettings Settings { get; } = new();

    public string Own => _folder["own"];

    public string Remote => _folder["remote"];

    /// <summary>Nothing of a sync may come from here or go here.</summary>
    public string Outside => _folder["outside"];

    public Rsync Rsync => new(Settings, TimeProvider.System);

    public SyncSection Sync
    {
        set => Settings.Current = new() { Sync = value };
    }

    public SyncOrder Order(string direction, params string[] exclude) => Order(new SyncConfig(new SyncRemote.Local(Remote), direction, exclude, null, null));

    public SyncOrder Order(SyncConfig config) => new("cmp_" + Guid.NewGuid().ToString("n"), Own, config);

    public Task<SyncDifference> CompareAsync(SyncOrder order) => Rsync.CompareAsync(order, CancellationToken.None);

    /// <summary>Compares and does it.</summary>
    public async Task<SyncDifference> RunAsync(SyncOrder order) => await Rsync.RunAsync(order, await CompareAsync(order), _ => { }, CancellationToken.None);

    /// <summary>Every name below a directory, a directory with a slash at its end.</summary>
    public static IReadOnlyList<string> Names(string directory) => [.. Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Select(p => Path.GetRelativePath(directory, p) + (Directory.Exists(p) && new DirectoryInfo(p).LinkTarget is null ? "/" : "")).Order(StringComparer.Ordinal)];

    public static void Write(string directory, string name, string text)
    {
        var path = Path.Combine(directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => _folder.Dispose();
}

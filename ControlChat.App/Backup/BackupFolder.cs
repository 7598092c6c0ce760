using System.Security.Cryptography;
using ControlChat.App.Start;

namespace ControlChat.App.Backup;

/// <summary>The directory of a backup: files of 0600 in directories of 0700, with their hashes.</summary>
internal sealed class BackupFolder
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;

    private BackupFolder(string path) => Root = path;

    public string Root { get; }

    public string Data => Path.Combine(Root, "data");

    public string Database => Path.Combine(Data, "hub.db");

    public string Checkpoints => Path.Combine(Root, "checkpoints");

    public string Workspaces => Path.Combine(Root, "workspaces.tar");

    public static BackupFolder At(string path) => new(Path.GetFullPath(path));

    /// <exception cref="StartException">1: something is there already, or it cannot be made.</exception>
    public static BackupFolder Create(string path)
    {
        var folder = At(path);
        try
        {
            if (File.Exists(folder.Root) || (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any()))
                throw new StartException(ExitCode.Failed, $"'{folder.Root}' is there already and not empty. Name a new directory with --output.");
            Directory.CreateDirectory(folder.Root, OwnerDirectory).UnixFileMode = OwnerDirectory;
            Directory.CreateDirectory(folder.Data, OwnerDirectory);
            Directory.CreateDirectory(folder.Checkpoints, OwnerDirectory);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.Failed, $"'{folder.Root}' cannot be made: {e.Message}");
        }
    }

    /// <summary>Every file in it but the manifest.</summary>
    public IReadOnlyList<BackupEntry> Describe() =>
        [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Where(f => Path.GetDirectoryName(f) != Root || f == Workspaces).Order(StringComparer.Ordinal).Select(Describe)];

    /// <exception cref="StartException">1: a file is missing, was changed, or has a path that leads out of the backup.</exception>
    public void Check(BackupManifest manifest)
    {
        foreach (var entry in manifest.Files)
        {
            var path = Path.GetFullPath(Path.Combine(Root, entry.Path));
            if (!path.StartsWith(Root + '/', StringComparison.Ordinal) || !File.Exists(path)) throw new StartException(ExitCode.Failed, $"The backup lacks '{entry.Path}'.");
            if (Describe(path) != entry) throw new StartException(ExitCode.Failed, $"'{entry.Path}' of the backup is not what was backed up.");
        }
    }

    /// <summary>Copies the regular files below one directory to another, of the owner's only.</summary>
    /// <param name="skips">By name, at the top only.</param>
    public static void Copy(string from, string to, Func<string, bool> skips)
    {
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos().Where(e => e.LinkTarget is null && !skips(e.Name)))
        {
            var target = Path.Combine(to, entry.Name);
            if (entry is not DirectoryInfo)
            {
                CopyFile(entry.FullName, target);
                continue;
            }
            Directory.CreateDirectory(target, OwnerDirectory);
            Copy(entry.FullName, target, static _ => false);
        }
    }

    /// <summary>On the disk when it returns. One that went away meanwhile is left out.</summary>
    public static void CopyFile(string from, string to)
    {
        FileStream source;
        try
        {
            source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return;
        }
        using (source)
        using (var target = new FileStream(to, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerFile }))
        {
            source.CopyTo(target);
            target.Flush(flushToDisk: true);
        }
    }

    private BackupEntry Describe(string path)
    {
        using var file = File.OpenRead(path);
        return new BackupEntry(Path.GetRelativePath(Root, path), file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}

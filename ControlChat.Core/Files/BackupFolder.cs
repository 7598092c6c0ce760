using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>
/// What files held before they were written: a folder of the hub's own, outside every workspace and out of every agent's reach, one for
/// each workspace. Its lock also makes writes take turns. A backup is named after its file's path (by hash) and the time.
/// </summary>
public sealed partial class BackupFolder
{
    /// <summary>Backups kept of one file, unless said otherwise.</summary>
    public const int MostOfOne = 20;

    /// <summary>Backups kept in all, unless said otherwise.</summary>
    public const int MostInAll = 500;

    private readonly string _path;
    private readonly int _mostOfOne;
    private readonly int _mostInAll;
    private readonly TimeProvider _time;

    /// <param name="path">Absolute. Made (0700) when only it is missing.</param>
    /// <param name="mostOfOne">Newest kept of one file, at least 1.</param>
    /// <param name="mostInAll">Newest kept in all, at least 1.</param>
    /// <exception cref="IOException">It cannot be made or opened.</exception>
    public BackupFolder(string path, TimeProvider time, int mostOfOne = MostOfOne, int mostInAll = MostInAll)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostOfOne, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostInAll, 1);
        (_path, _time, _mostOfOne, _mostInAll) = (path, time, mostOfOne, mostInAll);
        if (FileCalls.MakeDirectory(path, Libc.OwnerOnly) != 0 && Marshal.GetLastPInvokeError() != Libc.Exists) throw Libc.Fault("make the folder of backups");
        Open().Dispose();
    }

    /// <summary>Names of what is kept of a file, the newest first.</summary>
    public IReadOnlyList<string> Of(WorkspacePath path)
    {
        using var folder = Open();
        var prefix = PrefixOf(path);
        return [.. Names(folder).Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)];
    }

    /// <returns>Null when it is not kept any more.</returns>
    public byte[]? Read(string name)
    {
        if (!BackupName().IsMatch(name)) return null;
        using var folder = Open();
        using var file = FileCalls.OpenAt(folder, Terminated(name), FileCalls.ToRead | Libc.NoFollow);
        return file is null ? null : FileReader.ReadAll(file, FileStatus.Of(file).Size, int.MaxValue);
    }

    /// <summary>Waits until nobody else writes with this folder.</summary>
    internal Turn Lock()
    {
        var folder = Open();
        FileCalls.Lock(folder);
        return new Turn(this, folder);
    }

    private SafeFileHandle Open()
    {
        var folder = Libc.Open(_path, Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
        return folder >= 0 ? new SafeFileHandle(folder, ownsHandle: true) : throw Libc.Fault("open the folder of backups");
    }

    private string Keep(SafeFileHandle folder, WorkspacePath path, ReadOnlySpan<byte> content)
    {
        var prefix = PrefixOf(path);
        var all = Names(folder);
        // Later than every one of the same file, whatever the clock did.
        var newest = all.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Max(StringComparer.Ordinal);
        var ticks = Math.Max(_time.GetUtcNow().UtcTicks, newest is null ? 0 : TicksOf(newest) + 1);
        var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{ticks:D19}");
        using (var file = FileCalls.OpenAt(folder, Terminated(name), FileCalls.WriteOnly | FileCalls.Create | FileCalls.Exclusive | Libc.NoFollow | Libc.CloseOnExec, 0b110_000_000) ?? throw Libc.Fault("make a backup"))
        {
            RandomAccess.Write(file, content, 0);
            // Of a new file this keeps the name too on ext4, XFS, btrfs and f2fs: the folder needs no flush of its own.
            if (FileCalls.Flush(file) != 0) throw Libc.Fault("flush a backup");
        }
        Prune(folder, prefix, [.. all, name]);
        return name;
    }

    private void Prune(SafeFileHandle folder, string prefix, List<string> all)
    {
        var byAge = all.OrderByDescending(TicksOf).ToList();
        var excess = byAge.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Skip(_mostOfOne).ToHashSet(StringComparer.Ordinal);
        excess.UnionWith(byAge.Where(n => !excess.Contains(n)).Skip(_mostInAll).ToList());
        foreach (var name in excess) _ = FileCalls.Unlink(folder, Terminated(name), 0);
    }

    private static List<string> Names(SafeFileHandle folder)
    {
        var names = new List<string>();
        using var own = FileCalls.OpenAt(folder, ".\0"u8, Libc.Directory | Libc.CloseOnExec) ?? throw Libc.Fault("read the folder of backups");
        using var entries = new DirectoryEntries(own);
        while (entries.Next())
        {
            var name = ShownName.Of(entries.Name);
            if (BackupName().IsMatch(name)) names.Add(name);
        }
        return names;
    }

    private static string PrefixOf(WorkspacePath path) => Convert.ToHexStringLower(SHA256.HashData(path.Terminated()).AsSpan(0, 8)) + "-";

    private static long TicksOf(string name) => long.Parse(name.AsSpan(name.IndexOf('-', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    private static byte[] Terminated(string name) => FileCalls.Terminated(Encoding.ASCII.GetBytes(name));

    [GeneratedRegex("^[0-9a-f]{16}-[0-9]{19}$")]
    private static partial Regex BackupName();

    /// <summary>The lock of the folder while it is held.</summary>
    internal sealed class Turn(BackupFolder owner, SafeFileHandle folder) : IDisposable
    {
        /// <returns>The backup's name.</returns>
        public string Keep(WorkspacePath path, ReadOnlySpan<byte> content) => owner.Keep(folder, path, content);

        public void Dispose() => folder.Dispose();
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>One pass over the directories of a workspace, by descriptor; links are counted and never followed.</summary>
internal sealed class ContentScan(BeneathRoot root, ContentMatcher matcher)
{
    /// <summary>Levels looked into: each holds a descriptor, and somebody else chooses how many there are.</summary>
    public const int MostDepth = 32;

    /// <summary>Names looked at, at most.</summary>
    public const int MostEntries = 2_000_000;

    private int _entries;

    public int Files { get; private set; }

    public int Directories { get; private set; }

    public int Links { get; private set; }

    public int Others { get; private set; }

    /// <summary>Directories that were not looked into: too deep, too many, or not ours to read.</summary>
    public int Skipped { get; private set; }

    /// <summary>Every directory that was read, as it was before.</summary>
    public List<(WorkspacePath Path, FileStatus Status)> Seen { get; } = [];

    public FileRefusal? Run()
    {
        if (!root.TryOpenDirectory(WorkspacePath.Root, links: false, out var top, out var refusal)) return refusal;
        using (top) Read(top, WorkspacePath.Root);
        return null;
    }

    private void Read(SafeFileHandle directory, WorkspacePath path)
    {
        Seen.Add((path, FileStatus.Of(directory)));
        var below = ReadEntries(directory, matcher.In(path.Names));
        foreach (var slot in matcher.Slots) slot.Settle(path);
        foreach (var name in below)
        {
            if (path.Depth + 1 >= MostDepth || _entries >= MostEntries)
            {
                Skipped++;
                continue;
            }
            using var next = FileCalls.OpenAt(directory, FileCalls.Terminated(name), FileCalls.ReadOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec);
            if (next is not null) Read(next, path.Below(name));
            else if (Marshal.GetLastPInvokeError() is Libc.NoAccess or Libc.NotPermitted) Skipped++;
        }
    }

    private List<byte[]> ReadEntries(SafeFileHandle directory, DirectoryMatcher names)
    {
        var below = new List<byte[]>();
        using var entries = new DirectoryEntries(directory);
        while (_entries < MostEntries && entries.Next())
        {
            _entries++;
            switch (entries.Kind)
            {
                case EntryKind.File:
                    Files++;
                    Put(entries.Name, names.SlotsOf(entries.Name));
                    break;
                case EntryKind.Directory:
                    Directories++;
                    below.Add(entries.Name.ToArray());
                    break;
                case EntryKind.Link:
                    Links++;
                    break;
                default:
                    Others++;
                    break;
            }
        }
        below.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        return below;
    }

    private void Put(ReadOnlySpan<byte> name, ulong slots)
    {
        if (matcher.IsRest(slots)) slots |= 1UL << matcher.RestSlot;
        for (; slots != 0; slots &= slots - 1) matcher.Slots[BitOperations.TrailingZeroCount(slots)].Add(name);
    }
}

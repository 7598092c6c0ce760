using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>One page of a directory, however many names it holds: the smallest ones behind the cursor, by one pass over its descriptor.</summary>
internal static class DirectoryLister
{
    private static readonly Comparer<byte[]> _largestFirst = Comparer<byte[]>.Create((a, b) => b.AsSpan().SequenceCompareTo(a));

    public static DirectoryPage List(BeneathRoot root, WorkspacePath path, string? cursor, int limit)
    {
        byte[] after = [];
        if (cursor is not null && !TryReadCursor(cursor, out after)) return new DirectoryPage.Refused(new FileRefusal(FileProblem.Invalid, "The cursor is not one that a listing gave."));
        if (!root.TryOpenDirectory(path, links: true, out var opened, out var refusal))
            return new DirectoryPage.Refused(refusal.Problem == FileProblem.Absent ? refusal with { Nearest = NearestNames.To(root, path) } : refusal);
        using var directory = opened;
        var page = new PriorityQueue<(byte[] Name, EntryKind Kind), byte[]>(_largestFirst);
        var (total, left) = (0, 0);
        using (var entries = new DirectoryEntries(directory))
        {
            while (entries.Next())
            {
                total++;
                if (entries.Name.SequenceCompareTo(after) <= 0) continue;
                left++;
                if (page.Count == limit && entries.Name.SequenceCompareTo(page.Peek().Name) > 0) continue;
                var name = entries.Name.ToArray();
                page.Enqueue((name, entries.Kind), name);
                if (page.Count > limit) page.Dequeue();
            }
        }
        var items = page.UnorderedItems.Select(i => i.Element).OrderBy(e => e.Name, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).ToList();
        return new DirectoryPage.Entries([.. items.Select(i => Describe(directory, path, i.Name, i.Kind))], total, left > items.Count ? Base64Url.EncodeToString(items[^1].Name) : null);
    }

    private static DirectoryEntry Describe(SafeFileHandle directory, WorkspacePath path, byte[] name, EntryKind kind)
    {
        var status = FileStatus.Of(directory, FileCalls.Terminated(name));
        return new DirectoryEntry(path.Below(name).ToString(), status?.Kind ?? kind, status is { Kind: EntryKind.File } file ? file.Size : null, status is null ? null : DateTimeOffset.UnixEpoch.AddTicks(status.Value.Modified / 100));
    }

    private static bool TryReadCursor(string cursor, out byte[] name)
    {
        name = [];
        if (cursor.Length is 0 or > 400 || !Base64Url.IsValid(cursor)) return false;
        name = Base64Url.DecodeFromChars(cursor);
        return name.Length > 0;
    }
}

namespace ControlChat.Core.Files;

/// <summary>What listing a directory came to.</summary>
public abstract record DirectoryPage
{
    private DirectoryPage()
    {
    }

    /// <param name="Items">In the order of the bytes of their names, the same on every call.</param>
    /// <param name="Total">Names in the directory now.</param>
    /// <param name="Cursor">For the next page; null on the last.</param>
    public sealed record Entries(IReadOnlyList<DirectoryEntry> Items, int Total, string? Cursor) : DirectoryPage;

    public sealed record Refused(FileRefusal Refusal) : DirectoryPage;
}

/// <param name="Path">From the root, and as every call takes it; unseen characters and bytes that are no text are escaped.</param>
/// <param name="Size">In bytes; null for what is not a file.</param>
/// <param name="Modified">Null when it went away meanwhile.</param>
public sealed record DirectoryEntry(string Path, EntryKind Kind, long? Size, DateTimeOffset? Modified);

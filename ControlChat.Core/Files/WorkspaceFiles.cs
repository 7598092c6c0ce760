namespace ControlChat.Core.Files;

/// <summary>
/// The files of one workspace, confined to its directory by descriptor. Paths are relative text as <see cref="WorkspacePath"/> reads it.
/// What cannot be had is an answer; an exception means that the disk or the system failed.
/// </summary>
public sealed class WorkspaceFiles : IDisposable
{
    /// <summary>Entries of one page of a listing, at most.</summary>
    public const int MostEntries = 1_000;

    private readonly BeneathRoot _root;
    private readonly int _mostBytes;
    private readonly ContentDescriber _describer;
    private readonly FileWriter _writer;

    private WorkspaceFiles(BeneathRoot root, int mostBytes, TimeProvider time, uint user)
    {
        (_root, _mostBytes) = (root, mostBytes);
        _describer = new ContentDescriber(root, time);
        _writer = new FileWriter(root, mostBytes, user);
    }

    /// <param name="root">Absolute; the operator or the hub named it, so it may be a link itself.</param>
    /// <param name="mostBytes"><c>Files:MaxBytes</c>: read at once, and held by a file that is written.</param>
    /// <param name="links">Whether links that stay in the workspace may be passed where that is safe; false where only a part of it is open.</param>
    /// <exception cref="IOException">The directory cannot be opened.</exception>
    public static WorkspaceFiles Open(string root, int mostBytes, TimeProvider time, bool links = true) => new(BeneathRoot.Open(root, links: links), mostBytes, time, FileCalls.EffectiveUser());

    /// <summary>As <see cref="Open(string, int, TimeProvider, bool)"/>, without openat2 as on an old kernel.</summary>
    internal static WorkspaceFiles OpenWalking(string root, int mostBytes, TimeProvider time) => new(BeneathRoot.Open(root, walks: true), mostBytes, time, FileCalls.EffectiveUser());

    /// <param name="offset">In bytes, from 0.</param>
    /// <param name="limit">In bytes, from 1; null or more than the most: the most. At least one character comes back.</param>
    public FileReading Read(string path, long offset = 0, int? limit = null)
    {
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) return new FileReading.Refused(refusal);
        if (offset < 0 || limit < 1) return new FileReading.Refused(new FileRefusal(FileProblem.Invalid, "The offset is 0 or more and the limit 1 or more, both in bytes."));
        return FileReader.Read(_root, read, offset, Math.Min(limit ?? _mostBytes, _mostBytes));
    }

    /// <summary>A file as it is, to be changed and written back: no more than <c>Files:MaxBytes</c>.</summary>
    public FileReading ReadWhole(string path)
    {
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) return new FileReading.Refused(refusal);
        return FileReader.ReadWhole(_root, read, _mostBytes);
    }

    /// <summary>One directory, not those below it.</summary>
    /// <param name="cursor">Of the page before; null for the first.</param>
    /// <param name="limit">1 to <see cref="MostEntries"/>.</param>
    public DirectoryPage List(string path, string? cursor = null, int limit = 200)
    {
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) return new DirectoryPage.Refused(refusal);
        if (limit is < 1 or > MostEntries) return new DirectoryPage.Refused(new FileRefusal(FileProblem.Invalid, $"The limit is 1 to {MostEntries}."));
        return DirectoryLister.List(_root, read, cursor, limit);
    }

    /// <summary>What is in the workspace, in at most <see cref="ContentDescription.MostBytes"/> bytes however much that is.</summary>
    /// <param name="category">Only this one; null: all of the profile.</param>
    public ContentDescription Describe(ContentProfile profile, string? category = null) => _describer.Describe(profile, category);

    /// <summary>Writes a whole file, or nothing. It keeps its mode; as root the hub gives it to the owner of its directory.</summary>
    /// <param name="expectedVersion">What <see cref="Read"/> said; null: it must not be there yet.</param>
    /// <param name="backups">Keeps what was there before; lies outside the workspace.</param>
    /// <exception cref="IOException">The disk failed: the file holds what it held.</exception>
    public FileWriting Write(string path, ReadOnlySpan<byte> content, string? expectedVersion, BackupFolder backups)
    {
        ArgumentNullException.ThrowIfNull(backups);
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) return new FileWriting.Refused(refusal);
        return _writer.Write(read, content, expectedVersion, backups);
    }

    /// <summary>Moves a directory to a new name in the workspace, as it is; whatever has that name keeps it.</summary>
    /// <param name="from">Absolute: where the directory lies.</param>
    /// <param name="name">In <paramref name="from"/>.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public FileMoving MoveIn(string from, string name, string path) =>
        WorkspacePath.TryRead(path, out var to, out var refusal) ? DirectoryMover.MoveIn(_root, from, name, to) : new FileMoving.Refused(refusal);

    /// <summary>Whether anything has this name, be it a link that leads nowhere. True also where that cannot be known.</summary>
    public bool Holds(string path)
    {
        if (!WorkspacePath.TryRead(path, out var read, out _)) return false;
        if (!_root.TryOpen(read, Libc.PathOnly | Libc.NoFollow | Libc.CloseOnExec, links: true, out var found, out var refusal)) return refusal.Problem != FileProblem.Absent;
        found.Dispose();
        return true;
    }

    public void Dispose() => _root.Dispose();
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>
/// Writes a whole file: a temporary one beside it, flushed, put in its place by one rename within the same directory, the directory flushed.
/// No link is passed or replaced. One write at a time for each backup folder, in whatever process.
/// </summary>
internal sealed class FileWriter(BeneathRoot root, int mostBytes, uint user)
{
    private const uint NewMode = 0b110_100_100;
    private const uint ModeBits = 0b111_111_111;
    private const int NewFile = FileCalls.WriteOnly | FileCalls.Create | FileCalls.Exclusive | Libc.CloseOnExec;

    public FileWriting Write(WorkspacePath path, ReadOnlySpan<byte> content, string? expectedVersion, BackupFolder backups)
    {
        if (path.Depth == 0) return Refuse(FileProblem.IsADirectory, "The workspace itself is a directory.");
        if (content.Length > mostBytes) return Refuse(FileProblem.TooLarge, $"A file that is written here has at most {mostBytes} bytes, and this would have {content.Length}.");
        if (!root.TryOpenDirectory(path.Parent, links: false, out var opened, out var refusal))
            return new FileWriting.Refused(refusal.Problem == FileProblem.Absent ? refusal with { Nearest = NearestNames.To(root, path.Parent) } : refusal);
        using var directory = opened;
        using var turn = backups.Lock();
        var name = FileCalls.Terminated(path.Names[^1]);
        if (!TryReadOld(directory, path, name, expectedVersion, out var old, out refusal)) return new FileWriting.Refused(refusal!);
        if (old is not null && content.SequenceEqual(old.Content)) return new FileWriting.Unchanged(expectedVersion!);
        return Replace(directory, path, name, content, old, turn);
    }

    /// <param name="old">Null when there is none, as expected.</param>
    private bool TryReadOld(SafeFileHandle directory, WorkspacePath path, byte[] name, string? expectedVersion, out OldFile? old, out FileRefusal? refusal)
    {
        (old, refusal) = (null, null);
        using var file = FileCalls.OpenAt(directory, name, FileCalls.ToRead | Libc.NoFollow);
        if (file is null)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Libc.Absent) refusal = BeneathRoot.Explain(error, path);
            else if (expectedVersion is not null) refusal = new FileRefusal(FileProblem.Stale, $"{path} is not there any more.");
            return refusal is null;
        }
        var status = FileStatus.Of(file);
        refusal = FileReader.Unreadable(status, path) ?? (expectedVersion is null ? new FileRefusal(FileProblem.Stale, $"{path} is there already: read it first, and give its version.") : null);
        if (refusal is not null) return false;
        if (FileReader.ReadAll(file, status.Size, mostBytes) is not { } content)
            refusal = new FileRefusal(FileProblem.TooLarge, $"{path} has more than {mostBytes} bytes, too many to be written here.");
        else if (FileReader.VersionOf(content) != expectedVersion)
            refusal = new FileRefusal(FileProblem.Stale, $"{path} changed since it was read: read it again.");
        else
            old = new OldFile(status, content);
        return refusal is null;
    }

    private FileWriting Replace(SafeFileHandle directory, WorkspacePath path, byte[] name, ReadOnlySpan<byte> content, OldFile? old, BackupFolder.Turn turn)
    {
        var temporary = FileCalls.Terminated(System.Text.Encoding.ASCII.GetBytes($".controlchat-{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp"));
        using var file = FileCalls.OpenAt(directory, temporary, NewFile | Libc.NoFollow, Libc.OwnerOnly & NewMode);
        if (file is null) return new FileWriting.Refused(BeneathRoot.Explain(Marshal.GetLastPInvokeError(), path));
        var renamed = false;
        try
        {
            Fill(file, directory, content, old?.Status);
            var backup = old is null ? null : turn.Keep(path, old.Content);
            Check(FileCalls.Flush(file), "flush the file");
            var refusal = old is null ? Place(directory, path, temporary, name) : Exchange(directory, path, temporary, name, old.Status);
            if (refusal is not null) return new FileWriting.Refused(refusal);
            renamed = old is not null;
            Check(FileCalls.Flush(directory), "flush the directory");
            return new FileWriting.Written(FileReader.VersionOf(content), backup);
        }
        finally
        {
            if (!renamed) _ = FileCalls.Unlink(directory, temporary, 0);
        }
    }

    private void Fill(SafeFileHandle file, SafeFileHandle directory, ReadOnlySpan<byte> content, FileStatus? old)
    {
        RandomAccess.Write(file, content, 0);
        // The agent of the workspace is another user than a hub that runs as root, and must be able to go on with the file.
        if (user == 0 && FileStatus.Of(directory) is { } place) Check(FileCalls.ChangeOwner(file, place.User, place.Group), "give the file to its owner");
        Check(FileCalls.ChangeMode(file, old is null ? NewMode : old.Value.Mode & ModeBits), "set the file's mode");
        // A hint, so that the flush of the backup takes this along and the flush of this finds little left to do.
        _ = FileCalls.StartWriting(file, 0, 0, FileCalls.WriteBack);
    }

    // A new file takes its name only while nothing has it.
    private static FileRefusal? Place(SafeFileHandle directory, WorkspacePath path, byte[] temporary, byte[] name)
    {
        if (FileCalls.Link(directory, temporary, directory, name, 0) == 0) return null;
        if (Marshal.GetLastPInvokeError() == Libc.Exists) return new FileRefusal(FileProblem.Stale, $"{path} came to be meanwhile: read it first, and give its version.");
        return BeneathRoot.Explain(Marshal.GetLastPInvokeError(), path);
    }

    // Whoever writes past us, as the agent's own shell may, is noticed up to this moment.
    private static FileRefusal? Exchange(SafeFileHandle directory, WorkspacePath path, byte[] temporary, byte[] name, FileStatus old)
    {
        if (FileStatus.Of(directory, name) != old) return new FileRefusal(FileProblem.Stale, $"{path} changed since it was read: read it again.");
        return FileCalls.Rename(directory, temporary, directory, name) == 0 ? null : BeneathRoot.Explain(Marshal.GetLastPInvokeError(), path);
    }

    private static FileWriting.Refused Refuse(FileProblem problem, string why) => new(new FileRefusal(problem, why));

    private static void Check(int result, string what)
    {
        if (result != 0) throw Libc.Fault(what);
    }

    private sealed record OldFile(FileStatus Status, byte[] Content);
}

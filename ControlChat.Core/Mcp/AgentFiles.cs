using ControlChat.Core.Files;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions;

namespace ControlChat.Core.Mcp;

/// <summary>
/// The files of a workspace as far as they are open to one caller. Every tool goes through here, so what a capsule leaves out is out of
/// reach of all of them. What cannot be had is a <see cref="ToolRefusedException"/> with words for the model.
/// </summary>
public sealed class AgentFiles : IDisposable
{
    private readonly WorkspaceFiles _files;
    private readonly CapsulePaths _paths;
    private readonly Func<BackupFolder> _backups;
    private readonly Func<string?, string?, ContentDescription> _describe;

    internal AgentFiles(WorkspaceFiles files, int mostBytes, CapsulePaths paths, Func<BackupFolder> backups, Func<string?, string?, ContentDescription> describe) =>
        (_files, MostBytes, _paths, _backups, _describe) = (files, mostBytes, paths, backups, describe);

    /// <summary><c>Files:MaxBytes</c> as it is now.</summary>
    public int MostBytes { get; }

    /// <summary>A text, or a part of it; without offset and limit the whole or nothing.</summary>
    public FileReading.Text Read(string path, long? offset, int? limit)
    {
        Check(path);
        return _files.Read(path, offset ?? 0, limit) switch
        {
            FileReading.Text { NextOffset: not null } part when offset is null && limit is null =>
                throw new ToolRefusedException("invalid", "too_large", $"{path} has {part.Size} bytes, more than the {MostBytes} that can be read at once (Files:MaxBytes). Read it in parts, by offset and limit in bytes."),
            FileReading.Text text => text,
            FileReading.Binary binary => throw new ToolRefusedException("invalid", "not_text", $"{path} is no text: it looks like {binary.Guess} and has {binary.Size} bytes. Only text can be read here."),
            FileReading.Refused refused => throw Refusal(refused.Refusal),
            var other => throw new ArgumentException($"{other} is no reading."),
        };
    }

    /// <summary>A file as it is, to be changed.</summary>
    public FileReading.Whole ReadWhole(string path)
    {
        Check(path);
        return _files.ReadWhole(path) switch
        {
            FileReading.Whole whole => whole,
            FileReading.Refused refused => throw Refusal(refused.Refusal),
            var other => throw new ArgumentException($"{other} is no whole file."),
        };
    }

    public DirectoryPage.Entries List(string path, string? cursor, int limit)
    {
        Check(path);
        return _files.List(path, cursor, limit) switch
        {
            DirectoryPage.Entries entries => entries,
            DirectoryPage.Refused refused => throw Refusal(refused.Refusal),
            var other => throw new ArgumentException($"{other} is no page."),
        };
    }

    /// <summary>A summary by the workspace's own profile, or the generic one.</summary>
    public string Describe(string? category)
    {
        Check(".");
        return _describe(OwnProfile(), category) switch
        {
            ContentDescription.Summary summary => summary.Json,
            ContentDescription.Refused refused => throw Refusal(refused.Refusal),
            var other => throw new ArgumentException($"{other} is no description."),
        };
    }

    /// <param name="version">What <see cref="ReadWhole"/> said.</param>
    /// <returns>Written or unchanged.</returns>
    public FileWriting Write(string path, ReadOnlySpan<byte> content, string version)
    {
        Check(path);
        return _files.Write(path, content, version, _backups()) is var writing && writing is FileWriting.Refused refused ? throw Refusal(refused.Refusal) : writing;
    }

    /// <summary>Moves a directory of the hub's own to a new name in the workspace.</summary>
    /// <returns>False when it lies on another disk: nothing was done.</returns>
    public bool MoveIn(string from, string name, string path)
    {
        Check(path);
        return _files.MoveIn(from, name, path) is var moving && moving is FileMoving.Refused refused ? throw Refusal(refused.Refusal) : moving is FileMoving.Moved;
    }

    /// <summary>Refuses what is not open to this caller.</summary>
    public void Check(string path)
    {
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) throw Refusal(refusal);
        if (!_paths.Allows(read)) throw new ToolRefusedException("denied", "path_not_allowed", $"{read} is not open to this session. It may see: {_paths.Words}.");
    }

    /// <summary>Whether anything has this name: a file, a directory, or a link wherever it leads.</summary>
    public bool IsThere(string path)
    {
        Check(path);
        return _files.Holds(path);
    }

    public void Dispose() => _files.Dispose();

    private string? OwnProfile() => _files.Read(WorkspacePlaces.ProfileFile, 0, WorkspacePlaces.MostProfile) is FileReading.Text { NextOffset: null } text ? text.Content : null;

    private ToolRefusedException Refusal(FileRefusal refusal)
    {
        var (status, code) = refusal.Problem switch
        {
            FileProblem.Absent => ("not_found", "not_found"),
            FileProblem.Outside or FileProblem.Link or FileProblem.Denied => ("denied", "denied"),
            FileProblem.Stale or FileProblem.Busy => ("conflict", "conflict"),
            FileProblem.TooLarge => ("invalid", "too_large"),
            FileProblem.NotText => ("invalid", "not_text"),
            _ => ("invalid", "invalid"),
        };
        var near = refusal.Nearest.Where(n => WorkspacePath.TryRead(n, out var path, out _) && _paths.Allows(path)).ToList();
        return new ToolRefusedException(status, code, near.Count == 0 ? refusal.Why : $"{refusal.Why} Near it: {string.Join(", ", near)}.");
    }
}

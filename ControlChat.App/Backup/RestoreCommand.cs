using ControlChat.App.Audit;
using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Settings;

namespace ControlChat.App.Backup;

/// <summary>Puts a backup where a hub will find it: into an empty place only, and only when its record is whole.</summary>
internal sealed class RestoreCommand : ICommand
{
    public string Name => "restore";

    public IReadOnlyList<string> Usage { get; } = ["restore --from DIR [--public-key FILE]"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("from", "public-key");
        if (line.Words.Count != 1) throw new StartException(ExitCode.Usage, Usage[0]);
        var folder = BackupFolder.At(line.Need("from"));
        var settings = HubConfigurationSource.Load(line.Settings);
        var manifest = BackupManifest.Read(folder.Root);
        if (manifest.Store != settings.Options.Hub.Store)
            throw new StartException(ExitCode.Settings, $"Hub:Store is '{settings.Options.Hub.Store}' and the backup is of '{manifest.Store}'; use that.");
        CheckPlaces(settings.Paths, folder);
        folder.Check(manifest);
        var verdict = await RecordCheck.RunAsync(settings, folder, AuditCommand.Pinned(line["public-key"]), cancellationToken);
        await output.Out.WriteLineAsync(AuditCommand.Text(verdict));
        if (verdict is { Pinned: false, KeyId: { } key }) await output.Out.WriteLineAsync($"key {key} not pinned");
        if (!verdict.Ok) throw new StartException(ExitCode.Failed, "The record of this backup is not whole. Nothing was restored.");
        Put(settings.Paths, folder);
        if (File.Exists(folder.Workspaces)) await UnpackAsync(settings.Paths.WorkspacesRoot, folder, cancellationToken);
        await output.Error.WriteLineAsync($"Restored {manifest.Files.Count} files of hub {manifest.HubId} into '{settings.Paths.DataDirectory}'. Start the hub.");
        return ExitCode.Done;
    }

    private static void CheckPlaces(HubPaths paths, BackupFolder folder)
    {
        if (RunFile.Read(paths.DataDirectory) is { } run)
            throw new StartException(ExitCode.InUse, $"A hub (pid {run.Pid}) runs on '{paths.DataDirectory}'. Stop it, and restore into an empty directory.");
        CheckEmpty(paths.DataDirectory, "Hub:DataDirectory");
        if (File.Exists(folder.Workspaces)) CheckEmpty(paths.WorkspacesRoot, "Workspaces:Root");
        var checkpoints = Path.Combine(paths.CheckpointDirectory, RecordCheck.CheckpointFile);
        // They may be newer than the backup and then prove what it lacks: no program should put them away.
        if (File.Exists(checkpoints))
            throw new StartException(ExitCode.Failed, $"'{checkpoints}' is there already. Keep it: it may have signed rows that this backup lacks. Move it away, or set Audit:CheckpointDirectory to an empty directory.");
    }

    private static void CheckEmpty(string path, string setting)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new StartException(ExitCode.Failed, $"{setting} is '{path}', which is not empty. Restore into an empty directory.");
    }

    private static void Put(HubPaths paths, BackupFolder folder)
    {
        paths.Prepare();
        // The database comes last: a restore that was cut off leaves no hub behind that could start.
        BackupFolder.Copy(folder.Data, paths.DataDirectory, static name => name == "hub.db");
        var checkpoints = Path.Combine(folder.Checkpoints, RecordCheck.CheckpointFile);
        if (File.Exists(checkpoints))
        {
            Directory.CreateDirectory(paths.CheckpointDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            BackupFolder.CopyFile(checkpoints, Path.Combine(paths.CheckpointDirectory, RecordCheck.CheckpointFile));
        }
        if (!File.Exists(folder.Database)) return;
        BackupFolder.CopyFile(folder.Database, paths.Database + ".restoring");
        File.Move(paths.Database + ".restoring", paths.Database);
    }

    private static async Task UnpackAsync(string root, BackupFolder folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await Tar.ExtractAsync(folder.Workspaces, root, cancellationToken);
    }
}

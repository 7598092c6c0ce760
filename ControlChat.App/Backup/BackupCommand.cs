using ControlChat.App.Audit;
using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Backup;

/// <summary>
/// A copy of everything the hub needs to come back, while it serves. The order matters: checkpoints first, then the rows they speak of,
/// so that the copy holds whatever its checkpoints signed.
/// </summary>
internal sealed class BackupCommand : ICommand
{
    // The log is of this machine; locks and addresses are of this process; the database is copied by its own means.
    private static readonly string[] NotCopied = ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db-journal", "hub.lock", "hub.pid", "run.json", "logs"];

    public string Name => "backup";

    public IReadOnlyList<string> Usage { get; } = ["backup --output DIR [--workspaces true]"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("output", "workspaces");
        if (line.Words.Count != 1 || line["workspaces"] is not (null or "true" or "false")) throw new StartException(ExitCode.Usage, Usage[0]);
        var target = line.Need("output");
        var settings = HubConfigurationSource.Load(line.Settings);
        if (settings.Place.ConnectionString is null && !File.Exists(settings.Paths.Database))
            throw new StartException(ExitCode.Failed, $"There is no hub in '{settings.Paths.DataDirectory}'. Set Hub:DataDirectory.");
        if (BackupFolder.At(target).Root.StartsWith(settings.Paths.DataDirectory + '/', StringComparison.Ordinal))
            throw new StartException(ExitCode.Usage, "--output lies in the data directory that is backed up; name another place.");
        var folder = BackupFolder.Create(target);
        CopyFiles(settings.Paths, folder);
        await using var rows = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => settings.Place).BuildServiceProvider();
        var inIt = await rows.GetRequiredService<HubDatabase>().CopyAsync(folder.Database, cancellationToken);
        var verdict = await RecordCheck.RunAsync(settings, folder, null, cancellationToken);
        if (line["workspaces"] == "true" && Directory.Exists(settings.Paths.WorkspacesRoot)
            && await Tar.CreateAsync(folder.Workspaces, settings.Paths.WorkspacesRoot, cancellationToken) is { Length: > 0 } remarks) await output.Error.WriteLineAsync(remarks);
        if (File.Exists(folder.Workspaces)) File.SetUnixFileMode(folder.Workspaces, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await WriteManifestAsync(settings, folder, verdict, cancellationToken);
        await output.Out.WriteLineAsync($"{folder.Root} {AuditCommand.Text(verdict)}");
        if (!inIt) await output.Error.WriteLineAsync("The rows are in PostgreSQL and not in it: dump them now, after it, with pg_dump (README, Backup and restore). Hub__KeyEncryptionKey belongs to the dump; keep it elsewhere.");
        return verdict.Ok ? ExitCode.Done : ExitCode.Failed;
    }

    private static void CopyFiles(HubPaths paths, BackupFolder folder)
    {
        if (File.Exists(Path.Combine(paths.CheckpointDirectory, RecordCheck.CheckpointFile)))
            BackupFolder.CopyFile(Path.Combine(paths.CheckpointDirectory, RecordCheck.CheckpointFile), Path.Combine(folder.Checkpoints, RecordCheck.CheckpointFile));
        var inside = Path.GetDirectoryName(paths.CheckpointDirectory) == paths.DataDirectory ? Path.GetFileName(paths.CheckpointDirectory) : null;
        if (Directory.Exists(paths.DataDirectory))
            BackupFolder.Copy(paths.DataDirectory, folder.Data, name => NotCopied.Contains(name) || name == inside || name.EndsWith(".next", StringComparison.Ordinal));
    }

    private static async Task WriteManifestAsync(LoadedSettings settings, BackupFolder folder, VerifyResult verdict, CancellationToken cancellationToken)
    {
        await using var copy = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => RecordCheck.PlaceOf(settings, folder)).BuildServiceProvider();
        string? hubId;
        await using (var reader = await copy.GetRequiredService<HubDatabase>().ReadAsync(cancellationToken)) hubId = await HubIdentity.FindAsync(reader, cancellationToken);
        new BackupManifest
        {
            Version = typeof(BackupCommand).Assembly.GetName().Version!.ToString(3),
            Store = settings.Options.Hub.Store,
            HubId = hubId ?? "",
            CreatedAt = TimeProvider.System.GetUtcNow(),
            LastSeq = verdict.LastSeq,
            LastHash = verdict.LastHash,
            Files = folder.Describe(),
        }.Write(folder.Root);
    }
}

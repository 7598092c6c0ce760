namespace ControlChat.Core.Settings;

/// <summary>The settings in force: what the operator set, with the admins' changes over it. A change shows at the next read, without a restart.</summary>
public interface IHubSettings
{
    HubOptions Current { get; }

    /// <summary>Absolute paths and derived values of this process.</summary>
    HubPaths Paths { get; }

    /// <summary>Reads the admins' changes again: once after the migrations, then after each change.</summary>
    /// <exception cref="Hub.HubUnavailableException">The database does not answer; the values stay as they were.</exception>
    Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <param name="DataDirectory">Absolute; holds the database, keys, logs and checkpoints; 0700.</param>
/// <param name="WorkspacesRoot">Absolute; one directory per workspace, named by id.</param>
/// <param name="LocalWorkspace">Absolute; the lite hub's one workspace.</param>
/// <param name="CheckpointDirectory">Absolute; signed audit checkpoints.</param>
public sealed record HubPaths(string DataDirectory, string WorkspacesRoot, string LocalWorkspace, string CheckpointDirectory)
{
    /// <summary>The hub's database on SQLite.</summary>
    public string Database => Path.Combine(DataDirectory, "hub.db");

    /// <summary>A folder of each agent session.</summary>
    public string Agents { get; init; } = Path.Combine(DataDirectory, "agents");

    /// <summary>What documents held before tools wrote them, a folder of each workspace. Beside the workspaces, whose names are ids: nodes that share these share it.</summary>
    public string Backups => Path.Combine(WorkspacesRoot, ".backups");

    /// <summary>A folder of each session's transcript.</summary>
    public string Transcripts => Path.Combine(DataDirectory, "transcripts");

    /// <summary>Absolute; the roots under which a directory may be synced with.</summary>
    public IReadOnlyList<string> SyncDirectories { get; init; } = [];

    /// <summary>Absolute; the private key for ssh remotes, or null.</summary>
    public string? SyncKey { get; init; }

    /// <summary>Whether a directory contains, is, or lies in a place of the hub: its data, its workspaces, its checkpoints. Links count as what they lead to.</summary>
    public bool Touches(string directory) => HubPathRules.Touches(this, directory);

    /// <summary>Whether a path is a directory or lies below it, links followed.</summary>
    public static bool Contains(string directory, string path) => HubPathRules.Contains(directory, path);

    /// <summary>The hub's own log and its index.</summary>
    public string Logs => Path.Combine(DataDirectory, "logs");

    /// <summary>Makes the data directory with mode 0700, or checks the one that is there.</summary>
    /// <exception cref="SettingsException">It cannot be used, or others may enter it.</exception>
    public void Prepare() => HubPathRules.Prepare(this);
}

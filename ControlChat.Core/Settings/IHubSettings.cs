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

    /// <summary>The hub's own log and its index.</summary>
    public string Logs => Path.Combine(DataDirectory, "logs");

    /// <summary>Makes the data directory with mode 0700, or checks the one that is there.</summary>
    /// <exception cref="SettingsException">It cannot be used, or others may enter it.</exception>
    public void Prepare() => HubPathRules.Prepare(this);
}

namespace ControlChat.Core.Settings;

/// <summary>With what workspaces may be synced, and how much of it at once. Paths in force: <see cref="HubPaths"/>.</summary>
public sealed record SyncSection
{
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>Host names, in any letter case.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
    public string? SshKey { get; init; }

    /// <summary>How long looking for the difference may take, 2-50 s: a database session of at most 60 s is open meanwhile.</summary>
    public TimeSpan PlanTimeout { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Files and directories one run may change.</summary>
    public int MaxFiles { get; init; } = 10_000;

    /// <summary>0 is no limit.</summary>
    public int KilobytesPerSecond { get; init; }
}

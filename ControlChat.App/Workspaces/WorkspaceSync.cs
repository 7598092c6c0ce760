using System.Globalization;
using ControlChat.Core.Sync;

namespace ControlChat.App.Workspaces;

/// <summary>A workspace's sync as <c>sync.status</c> answers it.</summary>
public sealed record WorkspaceSync
{
    public string? Remote { get; init; }
    public string? Direction { get; init; }
    public IReadOnlyList<string> Exclude { get; init; } = [];
    public string? HostKey { get; init; }
    public string State { get; init; } = SyncState.Never;
    public SyncProgress? Progress { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? LastError { get; init; }
    public SyncCounts? LastResult { get; init; }

    public bool IsOpen => SyncState.IsOpen(State);

    public int Percent => (int)Math.Clamp(Progress?.Percent ?? 0, 0, 100);

    /// <summary>"Never synced", "Syncing", …</summary>
    public string Word => State switch
    {
        SyncState.Queued => "Waits for its turn",
        SyncState.Running => "Syncing",
        SyncState.Completed => "Synced",
        SyncState.Failed => "Failed",
        SyncState.Cancelled => "Cancelled",
        _ => "Never synced",
    };

    public string Tone => State switch { SyncState.Completed => "ok", SyncState.Failed => "danger", SyncState.Queued or SyncState.Running => "accent", _ => "" };

    public string? Icon => State switch { SyncState.Completed => "ok", SyncState.Failed => "failed", SyncState.Cancelled => "stop", _ => null };

    /// <summary>How far a run is, in words.</summary>
    public string Done => string.Create(CultureInfo.InvariantCulture, $"{Progress?.Files ?? 0:N0} files, {Progress?.Bytes ?? 0:N0} bytes");
}

/// <summary>What a run did.</summary>
public sealed record SyncCounts(int Create, int Update, int Delete, long Bytes, int Skipped, bool AsApproved)
{
    public string Words => string.Create(CultureInfo.InvariantCulture, $"{Create:N0} made, {Update:N0} changed, {Delete:N0} deleted; {Bytes:N0} bytes.{(AsApproved ? "" : " Something changed on the way, so this is not exactly what was approved.")}");
}

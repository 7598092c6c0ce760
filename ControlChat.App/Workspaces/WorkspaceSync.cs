using ControlChat.App.Ui;
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
        SyncState.Queued => Texts.SyncWaits,
        SyncState.Running => Texts.Syncing,
        SyncState.Completed => Texts.Synced,
        SyncState.Failed => Texts.SyncFailed,
        SyncState.Cancelled => Texts.SyncCancelled,
        _ => Texts.NeverSynced,
    };

    public string Tone => State switch { SyncState.Completed => "ok", SyncState.Failed => "danger", SyncState.Queued or SyncState.Running => "accent", _ => "" };

    public string? Icon => State switch { SyncState.Completed => "ok", SyncState.Failed => "failed", SyncState.Cancelled => "stop", _ => null };

    /// <summary>How far a run is, in words.</summary>
    public string Done => Texts.SyncFilesSoFar.With(Progress?.Files ?? 0, Progress?.Bytes ?? 0);
}

/// <summary>What a run did.</summary>
public sealed record SyncCounts(int Create, int Update, int Delete, long Bytes, int Skipped, bool AsApproved)
{
    public string Words => Texts.SyncCounts.With(Create, Update, Delete, Bytes, AsApproved ? "" : Texts.SyncNotExact);
}

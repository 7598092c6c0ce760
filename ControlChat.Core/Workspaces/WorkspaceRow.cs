using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <summary>What the workspace queries return; members follow the columns.</summary>
internal sealed class WorkspaceRow
{
    /// <summary>With <c>w</c> the workspace, <c>m</c> the membership, and <c>p</c> the pin and <c>h</c> the host, which may be missing.</summary>
    public const string Columns = """
        w.id, w.title, w.state, w.tags, w.version, w.created_at, w.created_by, w.updated_at, w.archived_at, w.trashed_at, w.purge_at,
        w.title_trusted_for, w.tags_trusted_for, m.role, coalesce(p.pinned, 0) as pinned,
        coalesce(h.state, 'off') as host_state, h.size as host_size, h.reason as host_reason
        """;

    public const string PinJoin = """
        left join workspace_pins p on p.account_id = m.account_id and p.workspace_id = m.workspace_id
        left join workspace_hosts h on h.workspace_id = m.workspace_id
        """;

    public string Id { get; init; } = "";
    public string Title { get; init; } = "";
    public string State { get; init; } = "";
    public string Tags { get; init; } = "[]";
    public long Version { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string CreatedBy { get; init; } = "";
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? ArchivedAt { get; init; }
    public DateTimeOffset? TrashedAt { get; init; }
    public DateTimeOffset? PurgeAt { get; init; }
    public string? TitleTrustedFor { get; init; }
    public string? TagsTrustedFor { get; init; }
    public string Role { get; init; } = "";
    public bool Pinned { get; init; }
    public string HostState { get; init; } = "";
    public string? HostSize { get; init; }
    public string? HostReason { get; init; }

    public Workspace ToWorkspace() => new(
        Id, Title, State, Json.Read<string[]>(Tags), Pinned, Role, Version, CreatedAt, CreatedBy, UpdatedAt, ArchivedAt, TrashedAt, PurgeAt, new WorkspaceHost(HostState, HostSize, HostReason))
    {
        TitleTrustedFor = TitleTrustedFor,
        TagsTrustedFor = TagsTrustedFor,
    };
}

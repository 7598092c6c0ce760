namespace ControlChat.Core.Tools.Invitations;

/// <summary>An invitation to this hub, and perhaps to a workspace, as a person sees it; also its wire form. It never holds a link.</summary>
public sealed record Invitation
{
    public required string Id { get; init; }

    /// <summary>Whose account may accept; null: whoever holds a link, once.</summary>
    public string? Email { get; init; }

    /// <summary>What a new account may do on the hub: always <c>member</c>.</summary>
    public string Role { get; } = "member";

    /// <summary>Null: to the hub only.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Null, too, when who looks is no member of it.</summary>
    public string? WorkspaceTitle { get; init; }

    /// <summary><c>owner|collaborator|viewer</c>, or null without a workspace.</summary>
    public string? WorkspaceRole { get; init; }

    public string? Note { get; init; }

    /// <summary>One of <see cref="InvitationState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whoever invited may still invite there; otherwise it opens nothing for now, whatever its state.</summary>
    public bool Stands { get; init; }
    public required string InvitedBy { get; init; }
    public required string InvitedByName { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? AcceptedAt { get; init; }
    public string? AcceptedBy { get; init; }
    public string? AcceptedByName { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public string? RevokedBy { get; init; }
}

public static class InvitationState
{
    public const string Pending = "pending";
    public const string Accepted = "accepted";
    public const string Revoked = "revoked";
    public const string Expired = "expired";

    /// <summary>Of a list: revoked or expired.</summary>
    public const string Ended = "ended";
}

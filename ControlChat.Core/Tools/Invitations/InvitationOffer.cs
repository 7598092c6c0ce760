namespace ControlChat.Core.Tools.Invitations;

/// <summary>What an invitation says to whom it is meant for.</summary>
public sealed record InvitationOffer
{
    public required string Id { get; init; }

    /// <summary>Null: for whoever holds the link.</summary>
    public string? Email { get; init; }

    /// <summary>Null: to the hub only.</summary>
    public string? WorkspaceTitle { get; init; }
    public string? WorkspaceRole { get; init; }
    public string? Note { get; init; }
    public required string InvitedBy { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Somebody new may choose a name and a password here: passwords are a way in, the invitation names an address, and an admin copied the link.</summary>
    public bool MakesAccounts { get; init; }

    /// <summary>Somebody new may come in by a provider: it must vouch for the address the invitation names, or an admin copied the link.</summary>
    public bool Admits { get; init; }
}

/// <summary>What a page of an invitation shows.</summary>
public abstract record InvitationLook
{
    private InvitationLook()
    {
    }

    public sealed record Open(InvitationOffer Offer) : InvitationLook;

    /// <summary>The person who looks has accepted it.</summary>
    /// <param name="WorkspaceId">Where it led; null: to the hub.</param>
    public sealed record Yours(string? WorkspaceId) : InvitationLook;

    /// <summary>It opens nothing for whoever looks; whatever the reason, people are told the same.</summary>
    /// <param name="Reason">For the record: <c>unknown|used|revoked|expired|inviter|other_account</c>.</param>
    public sealed record Gone(string Reason) : InvitationLook;
}

/// <summary>What came of accepting an invitation.</summary>
public abstract record InvitationResult
{
    private InvitationResult()
    {
    }

    /// <param name="WorkspaceId">Where it led; null: to the hub.</param>
    public sealed record Accepted(string? WorkspaceId) : InvitationResult;

    /// <summary>Put on the record.</summary>
    public sealed record Gone : InvitationResult;

    /// <summary>The person owns as many workspaces as they may; the invitation still waits.</summary>
    public sealed record Full : InvitationResult;

    /// <summary>A stop switch holds; the invitation still waits.</summary>
    public sealed record Frozen : InvitationResult;
}

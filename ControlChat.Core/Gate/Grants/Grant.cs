namespace ControlChat.Core.Gate.Grants;

/// <summary>A person's standing yes to the next few plans of one tool, for one principal in one conversation.</summary>
public sealed record Grant
{
    public required string Id { get; init; }

    /// <summary><c>active|used_up|over|revoked</c>.</summary>
    public required string Status { get; init; }
    public required string Tool { get; init; }

    /// <summary>Who may use it; a token where a token asked.</summary>
    public required GrantParty GrantedTo { get; init; }
    public required GrantParty GrantedBy { get; init; }

    /// <summary>Null: only calls outside of conversations.</summary>
    public required string? ConversationId { get; init; }

    /// <summary>Every id among the tool's arguments is bounded by one.</summary>
    public required IReadOnlyList<GrantConstraint> Constraints { get; init; }
    public required int Used { get; init; }

    /// <summary>1-100.</summary>
    public required int Count { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>At most 30 days after <see cref="CreatedAt"/>.</summary>
    public required DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The account; null when the hub ended it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary><c>person|role|closed|token|membership</c>; null when it was not revoked.</summary>
    public string? Reason { get; init; }

    /// <summary>The approval it came from.</summary>
    public required string ApprovalId { get; init; }
    public required string PlanId { get; init; }

    /// <summary>Whether the one who asks for this view may revoke it now.</summary>
    public bool MayRevoke { get; init; }
}

/// <param name="Role">The account's role on the hub when the grant was made; it ends when that changes.</param>
public sealed record GrantParty(string AccountId, string Name, string Role, string? TokenId = null, string? TokenName = null);

/// <param name="Status"><c>active|ended</c>, or null for all.</param>
/// <param name="Cursor">From <see cref="Page{T}.NextCursor"/>.</param>
/// <param name="Limit">1-200.</param>
public sealed record GrantFilter(string? Status = null, string? Cursor = null, int Limit = 50)
{
    public const string Active = "active";
    public const string Ended = "ended";
}

/// <param name="Constraints">One for each id among the plan's arguments.</param>
/// <param name="Count">1-100.</param>
/// <param name="EndsAt">In the future, at most 30 days from now.</param>
public sealed record GrantRequest(IReadOnlyList<GrantConstraint> Constraints, int Count, DateTimeOffset EndsAt);

/// <summary>What came of making or revoking one.</summary>
public abstract record GrantAnswer
{
    private GrantAnswer()
    {
    }

    public sealed record Done(Grant Grant) : GrantAnswer;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(int Http, string Code, string Message) : GrantAnswer;
}

/// <summary>What may be proposed after somebody said yes to the same again and again: never wider than what they have seen.</summary>
/// <param name="ApprovalId">The last of the approvals.</param>
/// <param name="Times">How many there were in 30 days.</param>
/// <param name="To">Who asked.</param>
/// <param name="Constraints">The ids that were seen.</param>
/// <param name="Free">The arguments that nothing bounds.</param>
/// <param name="Count">As a beginning.</param>
/// <param name="Days">As a beginning.</param>
public sealed record GrantOffer(
    string ApprovalId, string Tool, int Times, GrantParty To, string? ConversationId, IReadOnlyList<GrantConstraint> Constraints, IReadOnlyList<string> Free, int Count, int Days);

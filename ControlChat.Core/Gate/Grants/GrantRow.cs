using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

// What the tables of grants hold; members follow the columns.

internal sealed class GrantRow
{
    public string Id { get; init; } = "";
    public string Tool { get; init; } = "";
    public string ToolHash { get; init; } = "";
    public string Bounds { get; init; } = "[]";
    public string PrincipalKey { get; init; } = "";
    public string AccountId { get; init; } = "";
    public string AccountRole { get; init; } = "";
    public string? TokenId { get; init; }
    public string? TokenName { get; init; }
    public string? ConversationId { get; init; }
    public string GrantorId { get; init; } = "";
    public string GrantorRole { get; init; } = "";
    public string ApprovalId { get; init; } = "";
    public string PlanId { get; init; } = "";
    public int Most { get; init; }
    public int Used { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public string? RevokedBy { get; init; }
    public string? RevokedWhy { get; init; }

    /// <summary>Names of now; null where there is no such account any more, and where they are not asked for.</summary>
    public string? AccountName { get; init; }
    public string? GrantorName { get; init; }

    public IReadOnlyList<GrantConstraint> Constraints => Json.Read<IReadOnlyList<GrantConstraint>>(Bounds);

    public bool IsActive(DateTimeOffset now) => RevokedAt is null && Used < Most && EndsAt > now;

    public bool Concerns(Principal person) => person.IsAdmin || AccountId == person.AccountId || GrantorId == person.AccountId;

    public Grant Shown(Principal reader, DateTimeOffset now) => new()
    {
        Id = Id,
        Status = RevokedAt is not null ? "revoked" : Used >= Most ? "used_up" : EndsAt <= now ? "over" : "active",
        Tool = Tool,
        GrantedTo = new GrantParty(AccountId, AccountName ?? AccountId, AccountRole, TokenId, TokenName),
        GrantedBy = new GrantParty(GrantorId, GrantorName ?? GrantorId, GrantorRole),
        ConversationId = ConversationId,
        Constraints = Constraints,
        Used = Used,
        Count = Most,
        CreatedAt = CreatedAt,
        EndsAt = EndsAt,
        RevokedAt = RevokedAt,
        RevokedBy = RevokedBy,
        Reason = RevokedWhy,
        ApprovalId = ApprovalId,
        PlanId = PlanId,
        MayRevoke = IsActive(now) && !reader.IsToken && reader.AuthSessionId is not null && Concerns(reader),
    };
}

/// <param name="Role">'' for no member.</param>
internal sealed record GrantWorkspace(string GrantId, string WorkspaceId, string Role);

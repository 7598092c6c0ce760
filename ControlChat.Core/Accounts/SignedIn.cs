namespace ControlChat.Core.Accounts;

/// <summary>An open account and, where there is one, its live session: what a request needs to know of who asks.</summary>
internal sealed record SignedIn
{
    /// <summary>With <c>a</c> the account and <c>s</c> the session, which may be missing.</summary>
    public const string Columns = """
        a.id as account_id, a.name, a.role, s.id as session_id, s.account_id as session_account_id, s.auth_time, s.last_seen_at, s.vouched_at, hub_now() as now
        """;

    public required string AccountId { get; init; }
    public required string Name { get; init; }
    public required string Role { get; init; }
    public string? SessionId { get; init; }

    /// <summary>Whose the session is.</summary>
    public string? SessionAccountId { get; init; }
    public DateTimeOffset? AuthTime { get; init; }
    public DateTimeOffset? LastSeenAt { get; init; }
    public DateTimeOffset? VouchedAt { get; init; }

    /// <summary>The database's own time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Without a session: the person of a queued run whose browser session is over: the account's rights, and no fresh sign-in to lean on.</summary>
    public Principal Principal => new(AccountId, Name, Role, SessionId, null, null, TokenScopes.All, AuthTime ?? DateTimeOffset.UnixEpoch);
}

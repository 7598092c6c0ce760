namespace ControlChat.Core.Accounts;

/// <summary>A signed-in browser, as its owner sees it.</summary>
public sealed record BrowserSession
{
    /// <summary>Not the cookie: an id that may be shown and put on the record.</summary>
    public required string Id { get; init; }
    public required string AccountId { get; init; }

    /// <summary>When the person last proved who they are.</summary>
    public required DateTimeOffset AuthTime { get; init; }

    /// <summary>Within a minute.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>The latest end, 7 days after sign-in; 12 idle hours end it sooner.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When the trusted proxy last named the person, within a minute; null when they came another way.</summary>
    public DateTimeOffset? VouchedAt { get; init; }

    /// <summary>What the browser called itself at sign-in; untrusted text, at most 300 characters.</summary>
    public string? UserAgent { get; init; }
}

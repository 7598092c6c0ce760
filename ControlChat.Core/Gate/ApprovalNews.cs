namespace ControlChat.Core.Gate;

/// <summary>How an approval stands, in the hub's own words and without what is asked for: for notices, which others may see too.</summary>
public sealed record ApprovalNews
{
    public required string Id { get; init; }

    /// <summary>One of <see cref="ApprovalKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The name of the plan's tool; null for an agent's.</summary>
    public string? Tool { get; init; }

    /// <summary>As <see cref="Approval.Status"/>.</summary>
    public required string Status { get; init; }
    public string? ConversationId { get; init; }

    /// <summary>The door it was asked through.</summary>
    public required string Via { get; init; }

    /// <summary>This account asked, itself or by its token or agent.</summary>
    public bool Mine { get; init; }

    /// <summary>It was asked by a person, in the browser session that reads this.</summary>
    public bool AskedHere { get; init; }

    /// <summary>It waits, and the one who reads this may decide it.</summary>
    public bool MayDecide { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Null until it was reminded of.</summary>
    public DateTimeOffset? RemindedAt { get; init; }

    /// <summary>The account; null while it waits, and when nobody did.</summary>
    public string? DecidedBy { get; init; }
}

/// <param name="Ids">Those that moved; at most <see cref="Most"/> are looked at.</param>
/// <param name="Within">With it also whatever came, or was reminded of, in this time until now and still waits. By the database's clock, which stamped the rows.</param>
public sealed record ApprovalNewsQuery(IReadOnlyCollection<string> Ids, TimeSpan? Within)
{
    public const int Most = 1000;
}

/// <param name="At">The database's time of the reading: what is left of anything counts from it.</param>
public sealed record ApprovalNewsRead(IReadOnlyList<ApprovalNews> News, DateTimeOffset At);

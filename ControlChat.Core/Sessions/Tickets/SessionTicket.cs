namespace ControlChat.Core.Sessions.Tickets;

/// <summary>How much a key to a session opens.</summary>
public static class TicketAccess
{
    /// <summary>To look.</summary>
    public const string View = "view";

    /// <summary>To type too, as far as its account may.</summary>
    public const string Control = "control";

    public static bool IsOne(string access) => access is View or Control;
}

/// <summary>A key to one session, as it is stored: without its secret.</summary>
internal sealed record SessionTicket
{
    /// <summary>Good once, for <see cref="SessionTickets.TicketLife"/>.</summary>
    public const string Once = "ticket";

    /// <summary>What an embedded page shows with each of its requests.</summary>
    public const string Embed = "embed";

    /// <summary>A window of a terminal, which a later connection takes up again.</summary>
    public const string Window = "window";

    public string Hash { get; init; } = "";
    public required string Purpose { get; init; }
    public required string SessionId { get; init; }
    public required string AccountId { get; init; }
    public string? TokenId { get; init; }
    public string? AuthSessionId { get; init; }
    public string Access { get; init; } = TicketAccess.View;
    public DateTimeOffset? Until { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

namespace ControlChat.Core.Accounts;

/// <summary>A person of this hub.</summary>
public sealed record Account
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }

    /// <summary><c>member</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when the account may do nothing, or null.</summary>
    public DateTimeOffset? ClosedAt { get; init; }
}

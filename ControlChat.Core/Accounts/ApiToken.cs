namespace ControlChat.Core.Accounts;

/// <summary>An API token, without its secret.</summary>
public sealed record ApiToken
{
    public required string Id { get; init; }
    public required string AccountId { get; init; }
    public required string Name { get; init; }
    public required TokenScopes Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Within a minute; null when it was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <param name="Name">For people: 1-80 characters.</param>
/// <param name="Scopes">At least read.</param>
/// <param name="Days">1-365.</param>
public sealed record ApiTokenRequest(string Name, TokenScopes Scopes = TokenScopes.Read, int Days = 30)
{
    /// <summary>What is wrong with it, for the person who asks; null when nothing is.</summary>
    public string? Fault() =>
        string.IsNullOrWhiteSpace(Name) || Name.EnumerateRunes().Count() > 80 || Name.Any(char.IsControl) ? "The name must have 1 to 80 printable characters."
        : !Scopes.HasFlag(TokenScopes.Read) || (Scopes & ~TokenScopes.All) != 0 ? "The scopes must be 'read' or 'read,write'."
        : Days is < 1 or > 365 ? "The days must be 1 to 365."
        : null;
}

/// <summary>The words of scopes on the wire and on the command line.</summary>
public static class TokenScopeWords
{
    public static string[] Words(this TokenScopes scopes) =>
        [.. new[] { (TokenScopes.Read, "read"), (TokenScopes.Write, "write") }.Where(p => scopes.HasFlag(p.Item1)).Select(p => p.Item2)];

    /// <summary>Reads <c>read</c> or <c>read,write</c>; null for anything else.</summary>
    public static TokenScopes? Parse(string text) => text switch
    {
        "read" => TokenScopes.Read,
        "read,write" or "write,read" => TokenScopes.All,
        _ => null,
    };
}

namespace ControlChat.Core.Sessions.Tokens;

/// <summary>What a valid token says, as it stands in it and in the session's row.</summary>
/// <param name="Id">The <c>jti</c>.</param>
/// <param name="Session">As it is now.</param>
public sealed record AgentClaims(string Id, Session Session, IReadOnlyList<string> Scopes, DateTimeOffset ExpiresAt);

/// <summary>What came of an agent's token.</summary>
public abstract record AgentTokenReading
{
    private AgentTokenReading()
    {
    }

    public sealed record Accepted(AgentClaims Claims) : AgentTokenReading;

    /// <param name="Words">For the caller, in the words of R75.</param>
    /// <param name="Reason">For the log and the record: a short word.</param>
    public sealed record Refused(string Words, string Reason) : AgentTokenReading;
}

/// <summary>What a token may be for (contracts, section 8).</summary>
public static class AgentScopes
{
    public const string FilesRead = "files:read";
    public const string DocumentsWrite = "documents:write";

    public static IReadOnlyList<string> All { get; } = [FilesRead, DocumentsWrite];
}

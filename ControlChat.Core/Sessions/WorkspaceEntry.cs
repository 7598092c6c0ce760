namespace ControlChat.Core.Sessions;

/// <summary>Who may call tools of a workspace now: one session, for one request.</summary>
/// <param name="Session">As it is now.</param>
/// <param name="TokenId">The <c>jti</c> of the token that was shown.</param>
/// <param name="Scopes">Of the token.</param>
/// <param name="Paths">What of the workspace is open to it.</param>
/// <param name="Frozen">Why no tool may run now, though the session lives; null when tools may.</param>
public sealed record WorkspaceCaller(Session Session, string TokenId, IReadOnlyList<string> Scopes, CapsulePaths Paths, string? Frozen);

/// <summary>What a token opens at the door of the workspace tools.</summary>
public abstract record WorkspaceEntry
{
    private WorkspaceEntry()
    {
    }

    public sealed record Allowed(WorkspaceCaller Caller) : WorkspaceEntry;

    /// <param name="Words">Of R75, for the one who asks; 401.</param>
    /// <param name="Reason">A short word of a fixed set.</param>
    public sealed record Refused(string Words, string Reason) : WorkspaceEntry;
}

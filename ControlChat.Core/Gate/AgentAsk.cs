namespace ControlChat.Core.Gate;

/// <summary>Something an agent waits for a person to decide.</summary>
/// <param name="Id">1-200 characters, the agent's own name for it, unique in its session for as long as the session lives: what names its
/// requests anew in each process needs the process in it. The same id with the same subject is the same approval.</param>
/// <param name="Subject">At most <see cref="MostBytes"/> as JSON.</param>
public sealed record AgentAsk(string Id, AgentSubject Subject, AskingSession Session)
{
    /// <summary>256 KiB.</summary>
    public const int MostBytes = 256 * 1024;
}

/// <summary>The session an agent asks from. Its owner decides, or an admin; the asks count as the owner's.</summary>
/// <param name="TokenId">The API token it was started with, or null.</param>
/// <param name="AuthSessionId">The signed-in browser it was started from, or null.</param>
/// <param name="ConversationId">Where it is shown beside the inbox, or null.</param>
/// <param name="EndsAt">No approval outlives the session.</param>
public sealed record AskingSession(
    string Id, string WorkspaceId, string OwnerId, string? TokenId, string? AuthSessionId, string? ConversationId, DateTimeOffset EndsAt);

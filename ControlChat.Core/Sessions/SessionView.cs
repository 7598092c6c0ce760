using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions;

/// <summary>A session as its people and programs see it: contracts, section 8.</summary>
/// <param name="QueuePosition">1 is the next; null when it does not wait, or is further back than <see cref="MostPositions"/>.</param>
public sealed record SessionView(
    string Id, string WorkspaceId, string OwnerId, string Mode, string Profile, string State, string? EndReason, string? Error, int? QueuePosition, string? ConversationId, string? ThreadId,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? IdleAt, DateTimeOffset? EndedAt, long LastSeq, string? Controller, int Viewers, SessionUsage Usage)
{
    internal const int MostPositions = 1000;

    /// <summary>What a terminal runs, the program's name first; null for a chat.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <param name="queue">Ids of those that wait, the next one first.</param>
    /// <param name="viewers">Windows that look at it, as far as this process knows.</param>
    internal static SessionView Of(Session session, IReadOnlyList<string> queue, int viewers = 0)
    {
        var place = session.State == SessionState.Queued ? queue.ToList().IndexOf(session.Id) : -1;
        return new SessionView(
            session.Id, session.WorkspaceId, session.OwnerId, session.Mode, session.Profile, session.State, session.EndReason, session.Error, place < 0 ? null : place + 1, session.ConversationId,
            session.ThreadId, session.CreatedAt, session.StartedAt, session.ExpiresAt, session.IdleAt, session.EndedAt, session.LastSeq, session.Controller, viewers,
            new SessionUsage(session.InputTokens, session.OutputTokens, session.BudgetTokens))
        {
            Command = session.Command is { } command ? Json.Read<IReadOnlyList<string>>(command) : null,
        };
    }
}

/// <param name="BudgetTokens">Null: as many as the owner's day allows.</param>
public sealed record SessionUsage(long InputTokens, long OutputTokens, long? BudgetTokens);

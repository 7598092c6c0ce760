using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Work;

namespace ControlChat.Core.Sessions;

/// <summary>Whether a session may be ended although nobody said so: what is at work, or not the chat's own, goes on.</summary>
internal static class SessionClosing
{
    private const string StateOf = "select data from session_events where session_id = @Id and type = 'state'";

    /// <summary>The first event of a session, by which every process knows where it began.</summary>
    /// <param name="place">See <see cref="Gate.CallOrigin.Place"/>.</param>
    public static SessionEvent Queued(string? place)
    {
        var data = new JsonObject { ["state"] = SessionState.Queued };
        if (place is not null) data["place"] = place;
        return new SessionEvent(SessionEvents.State, data);
    }

    /// <summary>Whether this person's own chat beside a page began it: not a program, not the page of the session, nobody else.</summary>
    public static async Task<bool> IsOwnAsync(IHubReader reader, Principal present, Session session, CancellationToken cancellationToken) =>
        session is { TokenId: null, ConversationId: null } && session.OwnerId == present.AccountId && Word(await reader.FindAsync<string>(StateOf + " order by seq limit 1", new { session.Id }, cancellationToken), "place") == SessionActions.Dock;

    /// <summary>A turn, a message that has not reached the agent, or one that has and whose turn has not begun.</summary>
    public static async Task<bool> IsAtWorkAsync(IHubReader reader, Session session, CancellationToken cancellationToken)
    {
        if (session.HasEnded) return false;
        if (session.State is SessionState.Running or SessionState.WaitingForApproval) return true;
        if (await SessionClaims.WaitingMessagesAsync(reader, session.Id, session.DeliveredSeq, cancellationToken) is { Count: > 0 }) return true;
        return session.DeliveredSeq > 0 && !await IsTakenUpAsync(reader, session, cancellationToken);
    }

    /// <summary>Whether a person said something within this time, by the database's clock.</summary>
    public static async Task<bool> IsSpokenToAsync(IHubTransaction transaction, string id, TimeSpan within, CancellationToken cancellationToken) =>
        await transaction.FindAsync<long>("select count(*) from session_events where session_id = @id and type = 'user_message' and at > @since", new { id, since = transaction.Now - within }, cancellationToken) > 0;

    // Said in a turn it belongs to that turn; said between two, the next one is its own.
    private static async Task<bool> IsTakenUpAsync(IHubReader reader, Session session, CancellationToken cancellationToken)
    {
        var before = await reader.FindAsync<string>(StateOf + " and seq < @DeliveredSeq order by seq desc limit 1", new { session.Id, session.DeliveredSeq }, cancellationToken);
        var since = await reader.QueryAsync<string>(StateOf + " and seq > @DeliveredSeq order by seq limit 100", new { session.Id, session.DeliveredSeq }, cancellationToken);
        var inTurn = Word(before, "state") is SessionState.Running or SessionState.WaitingForApproval;
        return since.Any(data => Word(data, "state") is var state && (state == SessionState.Running || (inTurn && state == SessionState.Idle)));
    }

    private static string? Word(string? data, string name) => data is null ? null : (string?)JsonNode.Parse(data)![name];
}

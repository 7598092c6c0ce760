using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Webhooks;

namespace ControlChat.Core.Sessions;

/// <summary>What people do with sessions that no stop switch and no approval may hold back: look, interrupt, stop, panic.</summary>
public sealed class SessionCommands(
    HubDatabase database, IPrincipals principals, SessionStore sessions, SessionAccess access, SessionEnding ending, ITerminals terminals, WebhookOutbox webhooks)
{
    // More ids than that do not fit into what a webhook is told.
    private const int MostTold = 1_000;

    /// <summary>Null when there is none, or this principal may not see it.</summary>
    public async Task<SessionView?> FindAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        return await access.SeeAsync(reader, present, id, cancellationToken) is { } session ? await ViewAsync(reader, session, cancellationToken) : null;
    }

    /// <summary>One's own, or all for an admin who asks for them; newest first.</summary>
    public async Task<(IReadOnlyList<SessionView> Items, string? NextCursor)> ListAsync(Principal principal, SessionFilter filter, bool all, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return ([], null);
        var page = await sessions.ListAsync(reader, filter with { OwnerId = all && present.IsAdmin ? null : present.AccountId }, cancellationToken);
        var queue = await SessionClaims.QueueAsync(reader, SessionView.MostPositions, cancellationToken);
        return ([.. page.Items.Select(s => SessionView.Of(s, queue, terminals.ViewersOf(s.Id)))], page.NextCursor);
    }

    /// <summary>Asks the agent to leave off what it does; the session goes on. In a terminal it is Ctrl-C, typed.</summary>
    public async Task<SessionCommandResult> InterruptAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await principals.ReloadAsync(transaction, principal, cancellationToken) is not { } present) return SessionCommandResult.Absent;
        if (await access.SeeAsync(transaction, present, id, cancellationToken) is not { } session) return SessionCommandResult.Absent;
        if (!await access.MaySteerAsync(transaction, present, session, cancellationToken)) return SessionCommandResult.Denied;
        if (session.HasEnded) return SessionCommandResult.Ended;
        if (TerminalTyping.IsHeldByAnother(present, session)) return SessionCommandResult.Held;
        var said = session.Mode == SessionMode.Terminal ? TerminalTyping.Interrupted(present) : new SessionEvent(SessionEvents.System, new JsonObject { ["text"] = $"{present.Name} interrupted the agent." });
        var seq = await sessions.AppendAsync(transaction, id, null, [said], cancellationToken);
        await transaction.ExecuteAsync("update sessions set interrupts = @seq where id = @id and state <> 'ended'", new { id, seq }, cancellationToken);
        transaction.Hint(Topics.Stream(SessionEnding.Changes), id);
        await transaction.CommitAsync(cancellationToken);
        return SessionCommandResult.Done;
    }

    /// <summary>Ends it: from this moment its handle opens nothing, and its worker ends its processes.</summary>
    public async Task<SessionCommandResult> StopAsync(Principal principal, string id, string via, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await principals.ReloadAsync(transaction, principal, cancellationToken) is not { } present) return SessionCommandResult.Absent;
        if (await access.SeeAsync(transaction, present, id, cancellationToken) is not { } session) return SessionCommandResult.Absent;
        if (!await access.MayStopAsync(transaction, present, session, cancellationToken)) return SessionCommandResult.Denied;
        if (await ending.EndAsync(transaction, session, null, SessionEnd.Stopped, null, ActorOf(present, via), cancellationToken)) await transaction.CommitAsync(cancellationToken);
        return SessionCommandResult.Done;
    }

    /// <summary>
    /// Ends it as <see cref="StopAsync"/> does, for a person who closed the chat that began it and said nothing: unless something runs
    /// in it (a turn, or a message without one), it began elsewhere, or somebody spoke to it since.
    /// </summary>
    /// <param name="quiet">How long ago the chat was closed.</param>
    /// <returns><see cref="SessionCommandResult.Busy"/> and <see cref="SessionCommandResult.Foreign"/>: nothing was done.</returns>
    public async Task<SessionCommandResult> CloseAsync(Principal principal, string id, TimeSpan quiet, string via, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await principals.ReloadAsync(transaction, principal, cancellationToken) is not { } present) return SessionCommandResult.Absent;
        // The row's update is the lock: no message comes between the look and the end.
        await transaction.ExecuteAsync("update sessions set last_seq = last_seq where id = @id", new { id }, cancellationToken);
        if (await access.SeeAsync(transaction, present, id, cancellationToken) is not { } session) return SessionCommandResult.Absent;
        if (session.HasEnded) return SessionCommandResult.Ended;
        if (!await access.MayStopAsync(transaction, present, session, cancellationToken)) return SessionCommandResult.Denied;
        if (!await SessionClosing.IsOwnAsync(transaction, present, session, cancellationToken)) return SessionCommandResult.Foreign;
        if (await SessionClosing.IsAtWorkAsync(transaction, session, cancellationToken) || await SessionClosing.IsSpokenToAsync(transaction, id, quiet, cancellationToken)) return SessionCommandResult.Busy;
        await ending.EndAsync(transaction, session, null, SessionEnd.Stopped, null, ActorOf(present, via), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return SessionCommandResult.Done;
    }

    /// <summary>Ends many at once, whatever they do. It waits for no approval and no stop switch.</summary>
    /// <param name="scope"><c>mine|all|session</c>; <c>all</c> is for admins.</param>
    /// <param name="id">With <c>session</c>.</param>
    /// <returns>How many were ended; null when this principal may not.</returns>
    public async Task<int?> PanicAsync(Principal principal, string scope, string? id, string via, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await principals.ReloadAsync(transaction, principal, cancellationToken) is not { } present) return null;
        if (scope == "all" && !present.IsAdmin) return null;
        IReadOnlyList<Session> open;
        if (scope != "session") open = await sessions.OpenAsync(transaction, scope == "all" ? null : present.AccountId, cancellationToken);
        else if (await access.SeeAsync(transaction, present, id!, cancellationToken) is { } one && await access.MayStopAsync(transaction, present, one, cancellationToken)) open = [one];
        else return null;
        var stopped = new List<string>();
        foreach (var session in open)
            if (await ending.EndAsync(transaction, session, null, SessionEnd.Panic, null, ActorOf(present, via), cancellationToken)) stopped.Add(session.Id);
        await webhooks.AddAsync(transaction, WebhookEvents.SessionPanic, Ids.New("pnc"), new JsonObject
        {
            ["scope"] = scope,
            ["account_id"] = present.AccountId,
            ["token_id"] = present.TokenId,
            ["via"] = via,
            ["stopped"] = stopped.Count,
            ["session_ids"] = new JsonArray([.. stopped.Take(MostTold).Select(s => JsonValue.Create(s))]),
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Meters.SessionPanicked(stopped.Count);
        return stopped.Count;
    }

    private async Task<SessionView> ViewAsync(IHubReader reader, Session session, CancellationToken cancellationToken) =>
        SessionView.Of(session, session.State == SessionState.Queued ? await SessionClaims.QueueAsync(reader, SessionView.MostPositions, cancellationToken) : [], terminals.ViewersOf(session.Id));

    private static AuditActor ActorOf(Principal principal, string via) => new(principal.AccountId, principal.TokenId, principal.AuthSessionId, via);
}

/// <summary>What came of a command.</summary>
/// <remarks><c>Foreign</c>: it began elsewhere, and only a word ends it. <c>Held</c>: somebody else types into this terminal.</remarks>
public enum SessionCommandResult { Done, Absent, Denied, Ended, Busy, Foreign, Held }

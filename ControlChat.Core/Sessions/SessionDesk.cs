using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>Sessions as people look at them: with names instead of ids, what they may do there, and how full the hub is.</summary>
public sealed class SessionDesk(HubDatabase database, IPrincipals principals, SessionStore sessions, SessionAccess access, SessionCommands commands, ITerminals terminals, AccountLimits limits, IHubSettings settings)
{
    /// <summary>Null when there is none, or this principal may not see it.</summary>
    public async Task<SessionLook?> FindAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        if (await access.SeeAsync(reader, present, id, cancellationToken) is not { } session) return null;
        var queue = session.State == SessionState.Queued ? await SessionClaims.QueueAsync(reader, SessionView.MostPositions, cancellationToken) : [];
        var look = await NamedAsync(reader, SessionView.Of(session, queue, terminals.ViewersOf(id)), [], cancellationToken);
        return look with
        {
            MaySteer = await access.MaySteerAsync(reader, present, session, cancellationToken),
            MayStop = await access.MayStopAsync(reader, present, session, cancellationToken),
            TranscriptRemoved = session.TranscriptRemovedAt is not null,
            IsAtWork = await SessionClosing.IsAtWorkAsync(reader, session, cancellationToken),
            EndsUnasked = await SessionClosing.IsOwnAsync(reader, present, session, cancellationToken),
            Uncontained = settings.Current.Sessions.AllowUncontained && await sessions.WasUncontainedAsync(reader, id, cancellationToken),
        };
    }

    /// <summary>One's own, or all for an admin who asks for them; newest first.</summary>
    public async Task<SessionBoard> ListAsync(Principal principal, SessionFilter filter, bool all, CancellationToken cancellationToken)
    {
        var (items, next) = await commands.ListAsync(principal, filter, all, cancellationToken);
        await using var reader = await database.ReadAsync(cancellationToken);
        var names = new Dictionary<string, string>();
        var looks = new List<SessionLook>(items.Count);
        // Everything in one's own list is one's own to stop, and an admin may stop any.
        foreach (var item in items) looks.Add(await NamedAsync(reader, item, names, cancellationToken) with { MayStop = true });
        return new SessionBoard(looks, next, await LoadAsync(reader, principal.AccountId, cancellationToken));
    }

    /// <summary>What happened behind a sequence, in order; null when this principal may not see it any more.</summary>
    public async Task<IReadOnlyList<StoredSessionEvent>?> EventsAsync(Principal principal, string id, long after, int limit, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present || await access.SeeAsync(reader, present, id, cancellationToken) is null) return null;
        return await sessions.ReadAsync(reader, id, after, limit, cancellationToken);
    }

    // Where the operator does not let agents run like that, nobody needs to look.
    private async Task<SessionLoad> LoadAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        var counts = await reader.QueryAsync<StateCount>("select state, count(*) as count from sessions where state <> 'ended' group by state", null, cancellationToken);
        var waiting = counts.Where(c => c.State == SessionState.Queued).Sum(c => c.Count);
        return new SessionLoad(
            counts.Sum(c => c.Count) - waiting, settings.Current.Sessions.Slots, waiting, await SessionClaims.CountOpenAsync(reader, accountId, cancellationToken),
            (await limits.OfAsync(reader, accountId, cancellationToken)).Sessions);
    }

    private async Task<SessionLook> NamedAsync(IHubReader reader, SessionView view, Dictionary<string, string> names, CancellationToken cancellationToken)
    {
        if (!names.TryGetValue(view.WorkspaceId, out var title))
            names[view.WorkspaceId] = title = await reader.FindAsync<string>("select title from workspaces where id = @id", new { id = view.WorkspaceId }, cancellationToken) ?? view.WorkspaceId;
        if (!names.TryGetValue(view.OwnerId, out var owner))
            names[view.OwnerId] = owner = await reader.FindAsync<string>("select name from accounts where id = @id", new { id = view.OwnerId }, cancellationToken) ?? view.OwnerId;
        return new SessionLook(view, title, owner);
    }

    internal sealed record StateCount
    {
        public string State { get; init; } = "";
        public long Count { get; init; }
    }
}

/// <param name="Title">Of its workspace.</param>
/// <param name="Owner">The name of whom it acts for.</param>
public sealed record SessionLook(SessionView View, string Title, string Owner)
{
    /// <summary>Whether the reader may talk to it and interrupt it.</summary>
    public bool MaySteer { get; init; }
    public bool MayStop { get; init; }

    /// <summary>Something runs in it, or is about to: a turn, or a message without one.</summary>
    public bool IsAtWork { get; init; }

    /// <summary>The reader's own chat beside a page began it: closed without a word, it ends while nothing runs.</summary>
    public bool EndsUnasked { get; init; }

    /// <summary>Its events are not kept any more.</summary>
    public bool TranscriptRemoved { get; init; }

    /// <summary>Its agent runs, or ran, without a namespace around it.</summary>
    public bool Uncontained { get; init; }

    public bool HasEnded => View.State == SessionState.Ended;
}

/// <param name="NextCursor">Null on the last page.</param>
public sealed record SessionBoard(IReadOnlyList<SessionLook> Items, string? NextCursor, SessionLoad Load);

/// <param name="AtWork">In all processes.</param>
/// <param name="Slots">Of each process that works.</param>
/// <param name="Mine">Of the reader, waiting or at work.</param>
/// <param name="MostMine">That the reader may have.</param>
public sealed record SessionLoad(long AtWork, int Slots, long Waiting, long Mine, int MostMine);

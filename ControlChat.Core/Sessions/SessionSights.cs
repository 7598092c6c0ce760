using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Work;

namespace ControlChat.Core.Sessions;

/// <summary>What a principal sees of a session and may do in it at this moment, read anew at each look.</summary>
public sealed class SessionSights(HubDatabase database, IPrincipals principals, SessionAccess access)
{
    /// <returns>Null when there is none, it may not be seen, or the principal's own key is good no more.</returns>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<SessionSight?> FindAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await FindAsync(reader, principal, id, cancellationToken);
    }

    internal async Task<SessionSight?> FindAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken)
    {
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        if (await access.SeeAsync(reader, present, id, cancellationToken) is not { } session) return null;
        var queue = session.State == SessionState.Queued ? await SessionClaims.QueueAsync(reader, SessionView.MostPositions, cancellationToken) : [];
        var steers = present.Scopes.HasFlag(TokenScopes.Write) && await access.MaySteerAsync(reader, present, session, cancellationToken);
        return new SessionSight(present, SessionView.Of(session, queue), steers, reader.Now) { Fence = session.Fence };
    }
}

/// <param name="MaySteer">By the rights of the account and the scopes of its token.</param>
/// <param name="At">The database's time of the look.</param>
public sealed record SessionSight(Principal Principal, SessionView View, bool MaySteer, DateTimeOffset At)
{
    /// <summary>Of the newest claim of a worker; 0 before the first.</summary>
    public long Fence { get; init; }

    public bool HasEnded => View.State == SessionState.Ended;

    public bool IsTerminal => View.Mode == SessionMode.Terminal;
}

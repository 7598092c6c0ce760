using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Sessions;

/// <summary>
/// Decides at every call of an agent whether its session may still do anything: it goes on, its workspace is in use, its owner may work
/// there by the key the session was asked for with, and no stop switch is set. All of it is read anew; nothing is remembered.
/// </summary>
public sealed class SessionDoor(HubDatabase database, SessionStore sessions, WorkspaceStore workspaces, IPrincipals principals, IHubSettings settings)
{
    /// <summary>The name of workspace agents where a freeze names an agent.</summary>
    public const string Agent = "workspace_agent";

    // The lite hub's one workspace has no row.
    private const string Local = "local";

    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<SessionAdmission> AdmitAsync(SessionHandle handle, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await sessions.FindByHandleAsync(reader, handle.Hash, cancellationToken) is { } session
            ? await JudgeAsync(reader, session, [], cancellationToken)
            : new SessionAdmission.Refused(SessionRefusal.Unknown, null, "No session of this hub has this handle.");
    }

    /// <summary>The same of a session that a valid token names.</summary>
    /// <param name="tools">The names of the tool it wants to use; none: it only comes in.</param>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<SessionAdmission> AdmitAsync(string sessionId, IReadOnlyCollection<string> tools, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await sessions.FindAsync(reader, sessionId, cancellationToken) is { } session
            ? await JudgeAsync(reader, session, tools, cancellationToken)
            : new SessionAdmission.Refused(SessionRefusal.Unknown, null, "This hub has no such session.");
    }

    private async Task<SessionAdmission> JudgeAsync(IHubReader reader, Session session, IReadOnlyCollection<string> tools, CancellationToken cancellationToken)
    {
        if (session.HasEnded) return new SessionAdmission.Refused(SessionRefusal.Ended, session, $"The session has ended ({session.EndReason}).");
        if (!session.IsAliveAt(reader.Now)) return new SessionAdmission.Refused(SessionRefusal.Expired, session, "The session's time is over.");
        if (await RevokedAsync(reader, session, cancellationToken) is { } why) return new SessionAdmission.Refused(SessionRefusal.Revoked, session, why);
        if (await FreezeStore.StoppingAsync(reader, tools, [session.WorkspaceId], Agent, cancellationToken) is { } freeze)
            return new SessionAdmission.Refused(SessionRefusal.Frozen, session, $"Frozen: {(freeze.Scope == "hub" ? "the hub" : $"{freeze.Scope} {freeze.Target}")} is stopped. {freeze.Reason}");
        return new SessionAdmission.Allowed(session);
    }

    private async Task<string?> RevokedAsync(IHubReader reader, Session session, CancellationToken cancellationToken)
    {
        var owner = await principals.FindAsync(reader, session.OwnerId, session.TokenId, session.AuthSessionId, cancellationToken);
        if (owner is null || !owner.Scopes.HasFlag(TokenScopes.Write)) return "The account of the session, or the key it was started with, is not valid any more.";
        if (session.WorkspaceId == Local && settings.Current.Hub.IsLite) return null;
        return await workspaces.FindAsync(reader, session.OwnerId, session.WorkspaceId, cancellationToken) switch
        {
            null => "The owner of the session is no member of the workspace any more.",
            { State: not WorkspaceState.Active } => "The workspace is not in use any more.",
            { Role: var role } when !WorkspaceRole.Covers(role, WorkspaceRole.Collaborator) => "The owner of the session may only look at the workspace now.",
            _ => null,
        };
    }
}

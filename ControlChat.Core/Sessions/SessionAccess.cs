using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Sessions;

/// <summary>Who may do what in a session: its owner and those who work in its workspace, each by the rights they have now.</summary>
public sealed class SessionAccess(SessionStore sessions, WorkspaceStore workspaces, IHubSettings settings)
{
    /// <summary>The session, for who may see it: its owner, an admin, and members of its workspace. Null when there is none, or it may not be seen.</summary>
    public async Task<Session?> SeeAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken) =>
        await sessions.FindAsync(reader, id, cancellationToken) is { } session
        && (session.OwnerId == principal.AccountId || principal.IsAdmin || await RoleAsync(reader, principal, session, cancellationToken) is not null) ? session : null;

    /// <summary>Whether a principal who may see it may talk to it and interrupt it: its owner, and who may work in its workspace.</summary>
    public async Task<bool> MaySteerAsync(IHubReader reader, Principal principal, Session session, CancellationToken cancellationToken) =>
        settings.Current.Hub.IsLite ? principal.IsAdmin
        : await RoleAsync(reader, principal, session, cancellationToken) is { } role && WorkspaceRole.Covers(role, WorkspaceRole.Collaborator);

    /// <summary>Whether a principal who may see it may end it: also its owner when they may do nothing else there any more, and an admin.</summary>
    public async Task<bool> MayStopAsync(IHubReader reader, Principal principal, Session session, CancellationToken cancellationToken) =>
        session.OwnerId == principal.AccountId || principal.IsAdmin || await MaySteerAsync(reader, principal, session, cancellationToken);

    private async Task<string?> RoleAsync(IHubReader reader, Principal principal, Session session, CancellationToken cancellationToken) =>
        (await workspaces.FindAsync(reader, principal.AccountId, session.WorkspaceId, cancellationToken))?.Role;
}

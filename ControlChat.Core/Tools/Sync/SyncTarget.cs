using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

/// <summary>The workspace a sync tool is asked about: by id or title on a full hub, the only one on a lite hub.</summary>
/// <param name="Shown">How it is called in a sentence.</param>
/// <param name="Foreign">Its title is not the asking person's own words.</param>
/// <param name="State">One of <see cref="WorkspaceState"/>.</param>
internal sealed record SyncTarget(string Id, string Shown, bool Foreign, string State);

/// <summary>Finds it, and checks who may.</summary>
internal sealed class SyncTargets(WorkspaceStore workspaces, WorkspaceView view, IHubSettings settings)
{
    public const string Local = "local";
    public const string About = "The workspace's id, or its exact title. May be left out on a lite hub.";
    private static readonly SyncTarget Only = new(Local, "the workspace", false, WorkspaceState.Active);

    /// <param name="needed">One of <see cref="WorkspaceRole"/>.</param>
    /// <exception cref="ToolRefusedException"><c>invalid</c>, <c>not_found</c>, <c>ambiguous</c> or <c>denied</c>.</exception>
    public async Task<SyncTarget> ResolveAsync(PlanningContext context, string? idOrTitle, string needed, CancellationToken cancellationToken)
    {
        if (settings.Current.Hub.IsLite)
        {
            if (idOrTitle is not (null or Local)) throw ToolRefusedException.NotFound("This hub has one workspace, with the id 'local'. Leave workspace_id out.");
            RequirePerson(context.Principal.IsAdmin, needed);
            return Only;
        }
        if (idOrTitle is null) throw ToolRefusedException.Invalid("'workspace_id' is missing.");
        var workspace = await view.ResolveAsync(context, idOrTitle, needed, cancellationToken);
        return new SyncTarget(workspace.Id, WorkspaceWords.Quote(workspace.Title), workspace.Foreign, workspace.State);
    }

    /// <summary>Checks once more, in the transaction that changes something.</summary>
    /// <exception cref="ToolRefusedException"><c>conflict</c> when it is gone or put away, <c>denied</c> when the role ended.</exception>
    public async Task StillAsync(ApplyContext context, string id, bool active, CancellationToken cancellationToken)
    {
        if (settings.Current.Hub.IsLite)
        {
            RequirePerson(context.Principal.IsAdmin, WorkspaceRole.Owner);
            return;
        }
        var workspace = await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Owner, cancellationToken);
        if (workspace.IsTrashed || (active && workspace.State != WorkspaceState.Active)) throw WorkspaceWords.Moved();
    }

    // The one person of a lite hub is its admin; other accounts may look.
    private static void RequirePerson(bool admin, string needed)
    {
        if (!admin && needed != WorkspaceRole.Viewer) throw ToolRefusedException.Denied("Only the person this hub belongs to, its admin, may do this.");
    }
}

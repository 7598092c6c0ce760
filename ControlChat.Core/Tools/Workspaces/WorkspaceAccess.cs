using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>Who may do what to a workspace; checked when planning and once more when applying.</summary>
internal static class WorkspaceAccess
{
    /// <exception cref="ToolRefusedException"><c>denied</c>.</exception>
    public static void Require(Workspace workspace, string needed)
    {
        if (WorkspaceRole.Covers(workspace.Role, needed)) return;
        var who = needed == WorkspaceRole.Owner ? "Only an owner" : "Only a collaborator or an owner";
        throw new ToolRefusedException("denied", "denied", $"You are a {workspace.Role} of {WorkspaceWords.Quote(workspace.Title)}. {who} may do this; ask one.") { Untrusted = workspace.Foreign };
    }

    /// <summary>The workspace as the asking person may still change it, in the transaction that does.</summary>
    /// <exception cref="ToolRefusedException"><c>conflict</c> when it is gone, <c>denied</c> when the role ended.</exception>
    public static async Task<Workspace> StillAsync(WorkspaceStore workspaces, ApplyContext context, string id, string needed, CancellationToken cancellationToken)
    {
        var workspace = await workspaces.FindAsync(context.Transaction, context.Principal.AccountId, id, cancellationToken) ?? throw WorkspaceWords.Moved();
        Require(workspace with { Foreign = !workspace.IsTrustedFor(context.Principal.AccountId) }, needed);
        return workspace;
    }
}

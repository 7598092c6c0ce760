using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Onboarding;

/// <summary>What is to become of the people of a table.</summary>
/// <param name="Workspace">The id or the exact title of the one that everybody comes into; null: a new one each.</param>
/// <param name="Role">Of those whose row says none.</param>
/// <param name="Host">The size of the host to start in each new workspace, for those whose row says none; null: no host.</param>
public sealed record OnboardingOrder(string? Workspace, string Role, string? Host = null)
{
    /// <summary>What a role is when nobody says one: whoever gets a workspace of their own works in it.</summary>
    public static string UsualRole(bool each) => each ? WorkspaceRole.Collaborator : WorkspaceRole.Viewer;

    /// <summary>How long the invitations hold, 1-30; null: as <c>invitation.create</c> says.</summary>
    public int? Days { get; init; }

    /// <summary>Above this nothing is planned; null: no cap.</summary>
    public Cost? Cap { get; init; }
}

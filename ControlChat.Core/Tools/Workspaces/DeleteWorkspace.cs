using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class DeleteWorkspace(WorkspaceStore workspaces, WorkspaceView view, IHubSettings settings) : WorkspaceMove(workspaces, view)
{
    public override ToolDefinition Definition { get; } = Define("workspace.delete", ToolScope.Destructive,
        "Moves a workspace to the trash. It can be restored until its purge date, then it goes for good. Asks a person.") with
    { Lite = false };

    protected override string WayBack => "workspace.restore";

    protected override string Target(Workspace workspace)
    {
        WorkspaceWords.RequireHostUnwanted(workspace);
        return WorkspaceState.Trashed;
    }

    protected override string Summary(string title) => $"Move {title} to the trash";

    protected override DateTimeOffset? PurgeAt(DateTimeOffset now) => now.AddDays(settings.Current.Workspaces.TrashDays);
}

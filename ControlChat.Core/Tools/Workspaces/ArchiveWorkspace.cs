using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class ArchiveWorkspace(WorkspaceStore workspaces, WorkspaceView view) : WorkspaceMove(workspaces, view)
{
    public override ToolDefinition Definition { get; } = Define("workspace.archive", ToolScope.Destructive,
        "Puts a workspace away: it stays readable and can be unarchived at any time. Asks a person.") with
    { Lite = false };

    protected override string WayBack => "workspace.unarchive";

    protected override string Target(Workspace workspace)
    {
        WorkspaceWords.RequireKept(workspace);
        WorkspaceWords.RequireHostUnwanted(workspace);
        return WorkspaceState.Archived;
    }

    protected override string Summary(string title) => $"Archive {title}";
}

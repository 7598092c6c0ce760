using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class UnarchiveWorkspace(WorkspaceStore workspaces, WorkspaceView view) : WorkspaceMove(workspaces, view)
{
    public override ToolDefinition Definition { get; } = Define("workspace.unarchive", ToolScope.Write,
        "Makes an archived workspace active again. A workspace in the trash has to be restored instead.") with
    { Lite = false };

    protected override string WayBack => "workspace.archive";

    protected override string Target(Workspace workspace)
    {
        WorkspaceWords.RequireKept(workspace);
        return WorkspaceState.Active;
    }

    protected override string Summary(string title) => $"Unarchive {title}";
}

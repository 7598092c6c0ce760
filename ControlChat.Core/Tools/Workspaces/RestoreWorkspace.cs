using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class RestoreWorkspace(WorkspaceStore workspaces, WorkspaceView view) : WorkspaceMove(workspaces, view)
{
    public override ToolDefinition Definition { get; } = Define("workspace.restore", ToolScope.Write,
        "Takes a workspace out of the trash, as active or archived as it was before. What was purged cannot be restored.") with
    { Lite = false };

    protected override string WayBack => "workspace.delete";

    protected override string Target(Workspace workspace) =>
        !workspace.IsTrashed ? workspace.State
        : workspace.ArchivedAt is null ? WorkspaceState.Active : WorkspaceState.Archived;

    protected override string Summary(string title) => $"Restore {title} from the trash";
}

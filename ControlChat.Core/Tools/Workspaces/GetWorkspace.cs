using System.ComponentModel;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class GetWorkspace(WorkspaceView view) : ReadTool<GetWorkspace.Arguments>
{
    public sealed record Arguments([Description("The workspace's id, or its exact title.")] string WorkspaceId);

    public override ToolDefinition Definition { get; } = Define("workspace.get",
        "Shows one workspace: title, state, tags, pin, role, version, when it was made, changed, archived or trashed, and until when the trash keeps it. "
        + "When several have the same title it names their ids; ask again with one of them.") with
    { Lite = false };

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Viewer, cancellationToken);
        return new ReadResult(WorkspaceWords.Result(workspace), !workspace.IsTrustedFor(context.Principal.AccountId));
    }
}

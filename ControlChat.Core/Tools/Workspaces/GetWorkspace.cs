using System.ComponentModel;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class GetWorkspace(WorkspaceView view, MemberView people) : ReadTool<GetWorkspace.Arguments>
{
    public sealed record Arguments([Description("The workspace's id, or its exact title.")] string WorkspaceId);

    public override ToolDefinition Definition { get; } = Define("workspace.get",
        "Shows one workspace: title, state, tags, pin, role, version, host, its people with their roles, when it was made, changed, archived or trashed, and until when the trash keeps it. "
        + "When several have the same title it names their ids; ask again with one of them.") with
    { Lite = false };

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Viewer, cancellationToken);
        var members = await people.ListAsync(context, workspace, cancellationToken);
        var result = WorkspaceWords.Result(workspace);
        result["members"] = MemberWords.List(members);
        // The names of other people are theirs, not the asking person's words.
        return new ReadResult(result, !workspace.IsTrustedFor(context.Principal.AccountId) || members.Any(m => m.AccountId != context.Principal.AccountId));
    }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class RemoveCollaborator(WorkspaceStore workspaces, MemberStore members, WorkspaceView view, MemberView people) : WriteTool<RemoveCollaborator.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description(MemberWords.Account)][MaxLength(320)] string Account);

    public override ToolDefinition Definition { get; } = Define("workspace.remove_collaborator", ToolScope.Write,
        "Takes a person out of a workspace; they do not see it any more. Asks a person. The last owner cannot be taken out.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        var member = await people.MemberAsync(context, workspace, arguments.Account, cancellationToken);
        await people.RequireOtherOwnerAsync(context, workspace, member, cancellationToken);
        return new PlanDraft(
            MemberWords.Call(workspace.Id, member.AccountId), $"Remove {MemberWords.Person(member.Name, member.Email)} from {WorkspaceWords.Quote(workspace.Title)}",
            [new Effect("delete", MemberResource.Of(workspace.Id, member.AccountId), null, MemberWords.Value(member.Name, member.Email, member.Role), null)],
            [await people.ReadAsync(context, workspace.Id, member.AccountId, cancellationToken)], ToolScope.Write)
        {
            Access = true,
            Compensation = member.Closed ? null : new Compensation("workspace.add_collaborator", MemberWords.Call(workspace.Id, member.AccountId, member.Role)),
            Warnings = MemberWords.Warnings(context.Principal, member.AccountId, member.Name),
            Untrusted = workspace.Foreign || member.AccountId != context.Principal.AccountId,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (workspace, account) = MemberResource.Of(effect)!.Value;
        await WorkspaceAccess.StillAsync(workspaces, context, workspace, WorkspaceRole.Owner, cancellationToken);
        if (!await members.RemoveAsync(context.Transaction, workspace, account, (string)effect.Before!["role"]!, cancellationToken)) throw WorkspaceWords.Moved();
        return await MemberWords.DoneAsync(workspaces, members, context, workspace, account, cancellationToken);
    }
}

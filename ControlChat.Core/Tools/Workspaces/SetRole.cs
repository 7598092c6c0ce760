using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class SetRole(WorkspaceStore workspaces, MemberStore members, OwnerRoom room, WorkspaceView view, MemberView people) : WriteTool<SetRole.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description(MemberWords.Account)][MaxLength(320)] string Account,
        [Description("viewer looks, collaborator changes, owner also decides who may.")][AllowedValues(WorkspaceRole.Owner, WorkspaceRole.Collaborator, WorkspaceRole.Viewer)] string Role);

    public override ToolDefinition Definition { get; } = Define("workspace.set_role", ToolScope.Write,
        "Gives a member of a workspace another role. Asks a person. The last owner stays one. For somebody who is not in it use workspace.add_collaborator.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        var member = await people.MemberAsync(context, workspace, arguments.Account, cancellationToken);
        var person = MemberWords.Person(member.Name, member.Email);
        var changes = member.Role != arguments.Role;
        if (changes && member.Closed) throw new ToolRefusedException("conflict", "conflict", $"The account of {person} is closed. It can only be removed.") { Untrusted = true };
        if (changes) await people.RequireOtherOwnerAsync(context, workspace, member, cancellationToken);
        if (changes && arguments.Role == WorkspaceRole.Owner) await room.RequireAsync(context, member.AccountId, cancellationToken);
        return new PlanDraft(
            MemberWords.Call(workspace.Id, member.AccountId, arguments.Role), $"Change the role of {person} in {WorkspaceWords.Quote(workspace.Title)} from {member.Role} to {arguments.Role}",
            changes ? [new Effect("update", MemberResource.Of(workspace.Id, member.AccountId), "role", member.Role, arguments.Role)] : [],
            [await people.ReadAsync(context, workspace.Id, member.AccountId, cancellationToken)], ToolScope.Write)
        {
            Access = true,
            Compensation = new Compensation("workspace.set_role", MemberWords.Call(workspace.Id, member.AccountId, member.Role)),
            Warnings = MemberWords.Warnings(context.Principal, member.AccountId, member.Name),
            Unchanged = MemberWords.Result(workspace, member),
            Untrusted = workspace.Foreign || member.AccountId != context.Principal.AccountId,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (workspace, account) = MemberResource.Of(effect)!.Value;
        await WorkspaceAccess.StillAsync(workspaces, context, workspace, WorkspaceRole.Owner, cancellationToken);
        var role = effect.After!.GetValue<string>();
        if (role == WorkspaceRole.Owner) await room.RequireAsync(context, account, cancellationToken);
        if (!await members.SetRoleAsync(context.Transaction, workspace, account, effect.Before!.GetValue<string>(), role, cancellationToken)) throw WorkspaceWords.Moved();
        return await MemberWords.DoneAsync(workspaces, members, context, workspace, account, cancellationToken);
    }
}

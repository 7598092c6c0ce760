using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class AddCollaborator(WorkspaceStore workspaces, MemberStore members, AccountStore accounts, OwnerRoom room, WorkspaceView view, MemberView people) : WriteTool<AddCollaborator.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description(MemberWords.Account)][MaxLength(320)] string Account,
        [Description("viewer looks, collaborator changes, owner also decides who may.")][AllowedValues(WorkspaceRole.Owner, WorkspaceRole.Collaborator, WorkspaceRole.Viewer)] string Role);

    public override ToolDefinition Definition { get; } = Define("workspace.add_collaborator", ToolScope.Write,
        "Lets a person into a workspace with a role. Asks a person. For somebody who is in it already use workspace.set_role.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        var account = await people.OpenAccountAsync(context, arguments.Account, cancellationToken);
        var person = MemberWords.Person(account.Name, account.Email);
        var present = (await people.ListAsync(context, workspace, cancellationToken)).FirstOrDefault(m => m.AccountId == account.Id);
        if (present is not null && present.Role != arguments.Role)
            throw new ToolRefusedException("conflict", "conflict", $"{person} is {present.Role} of {WorkspaceWords.Quote(workspace.Title)} already. Change the role with workspace.set_role.") { Untrusted = true };
        if (present is null && arguments.Role == WorkspaceRole.Owner) await room.RequireAsync(context, account.Id, cancellationToken);
        return new PlanDraft(
            MemberWords.Call(workspace.Id, account.Id, arguments.Role), $"Add {person} to {WorkspaceWords.Quote(workspace.Title)} as {arguments.Role}",
            present is not null ? [] : [new Effect("create", MemberResource.Of(workspace.Id, account.Id), null, null, MemberWords.Value(account.Name, account.Email, arguments.Role))],
            [await people.ReadAsync(context, workspace.Id, account.Id, cancellationToken)], ToolScope.Write)
        {
            Access = true,
            Compensation = new Compensation("workspace.remove_collaborator", MemberWords.Call(workspace.Id, account.Id)),
            Warnings = NameWarnings.For("name", account.Name),
            Unchanged = MemberWords.Result(workspace, present),
            // The name is another person's text.
            Untrusted = workspace.Foreign || account.Id != context.Principal.AccountId,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (workspace, account) = MemberResource.Of(effect)!.Value;
        await WorkspaceAccess.StillAsync(workspaces, context, workspace, WorkspaceRole.Owner, cancellationToken);
        if (await accounts.FindAsync(context.Transaction, account, cancellationToken) is not { ClosedAt: null }) throw ToolRefusedException.Conflict("The account was closed meanwhile. Nothing was done.");
        var role = (string)effect.After!["role"]!;
        if (role == WorkspaceRole.Owner) await room.RequireAsync(context, account, cancellationToken);
        if (!await members.AddAsync(context.Transaction, workspace, account, role, cancellationToken)) throw WorkspaceWords.Moved();
        return await MemberWords.DoneAsync(workspaces, members, context, workspace, account, cancellationToken);
    }
}

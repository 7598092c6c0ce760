using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>Takes an invitation back: its links open nothing from then on.</summary>
internal sealed class RevokeInvitation(InvitationStore invitations, WorkspaceStore workspaces) : WriteTool<RevokeInvitation.Arguments>
{
    public sealed record Arguments(
        [Description("The invitation's id, inv_… ; invitation.list shows it.")][MaxLength(64)] string InvitationId);

    public override ToolDefinition Definition { get; } = Define("invitation.revoke", ToolScope.Write,
        "Takes an invitation back that nobody accepted yet; its links stop working. Asks a person. Who was let in by one is taken out with workspace.remove_collaborator.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var invitation = await FindAsync(context.Reader, context.Principal, arguments.InvitationId.Trim(), cancellationToken);
        if (invitation.State == InvitationState.Accepted) throw ToolRefusedException.Conflict("This invitation was accepted. Take the person out with workspace.remove_collaborator, or ask an admin to close the account.");
        var pending = invitation.State == InvitationState.Pending;
        return new PlanDraft(
            new JsonObject { ["invitation_id"] = invitation.Id },
            $"Revoke the invitation of {InvitationWords.Whom(invitation.Email)} {InvitationWords.To(invitation.WorkspaceTitle ?? invitation.WorkspaceId, invitation.WorkspaceRole)}",
            pending ? [new Effect("delete", InvitationResource.Of(invitation.Id), null, InvitationWords.Value(invitation.Email, invitation.WorkspaceId, invitation.WorkspaceRole, invitation.ExpiresAt, invitation.Note), null)] : [],
            [new ReadVersion(InvitationResource.Of(invitation.Id), await invitations.VersionAsync(context.Reader, invitation.Id, cancellationToken))], ToolScope.Write)
        {
            Access = true,
            Compensation = new Compensation("invitation.create", InvitationWords.Call(invitation.Email, invitation.WorkspaceId, invitation.WorkspaceRole, DaysLeft(invitation, context.Now), invitation.Note)),
            Unchanged = InvitationWords.Result(invitation),
            // Address and note may be anybody's words.
            Untrusted = true,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var id = InvitationResource.IdOf(plan.Effects.Single())!;
        await FindAsync(context.Transaction, context.Principal, id, cancellationToken);
        if (!await invitations.RevokeAsync(context.Transaction, id, context.Principal.AccountId, cancellationToken)) throw InvitationWords.Moved();
        context.Transaction.Hint(Topics.Stream(InvitationResource.News), id);
        return InvitationWords.Result(await invitations.FindAsync(context.Transaction, id, context.Principal.AccountId, cancellationToken));
    }

    /// <exception cref="ToolRefusedException"><c>not_found</c>, in the same words for one that is not there and for one that is others' affair.</exception>
    private async Task<Invitation> FindAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken)
    {
        if (!InvitationResource.IsOne(id) || await invitations.FindAsync(reader, id, principal.AccountId, cancellationToken) is not { } invitation) throw InvitationWords.NotFound();
        if (principal.IsAdmin || invitation.InvitedBy == principal.AccountId) return invitation;
        return invitation.WorkspaceId is { } workspace && await workspaces.FindAsync(reader, principal.AccountId, workspace, cancellationToken) is { Role: WorkspaceRole.Owner }
            ? invitation : throw InvitationWords.NotFound();
    }

    private static int DaysLeft(Invitation invitation, DateTimeOffset now) => Math.Clamp((int)Math.Ceiling((invitation.ExpiresAt - now).TotalDays), 1, 30);
}

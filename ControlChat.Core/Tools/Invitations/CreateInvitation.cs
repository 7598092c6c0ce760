using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;
using Roles = ControlChat.Core.Workspaces.WorkspaceRole;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>Asks somebody in. Nothing here looks whether the address has an account: the answer is the same either way.</summary>
internal sealed class CreateInvitation(InvitationStore invitations, InvitationLimits limits, WorkspaceStore workspaces, WorkspaceView view) : WriteTool<CreateInvitation.Arguments>
{
    public const int UsualDays = 7;

    public sealed record Arguments(
        [Description("Whose account may accept, by its e-mail address. Left out: whoever holds the link, once.")][MaxLength(320)] string? Email = null,
        [Description("The workspace it leads to: its id, or its exact title. Left out: to the hub only.")] string? WorkspaceId = null,
        [Description("viewer looks, collaborator changes, owner also decides who may; viewer when left out.")][AllowedValues(Roles.Owner, Roles.Collaborator, Roles.Viewer)] string? WorkspaceRole = null,
        [Description("How many days it holds; 7 when left out.")][Range(1, 30)] int? Days = null,
        [Description("A line for whoever accepts.")] string? Note = null);

    public override ToolDefinition Definition { get; } = Define("invitation.create", ToolScope.Write,
        "Invites somebody to this hub, and with workspace_id to a workspace in a role. Asks a person. For a person who has an account use workspace.add_collaborator. "
        + "The link is copied by a person on the page of invitations; it is never in a result.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var email = Email(arguments.Email);
        var note = InvitationWords.Note(arguments.Note);
        var workspace = await WorkspaceAsync(context, arguments, cancellationToken);
        var role = workspace is null ? null : arguments.WorkspaceRole ?? Roles.Viewer;
        await limits.RequireAsync(context, cancellationToken);
        var days = arguments.Days ?? UsualDays;
        var (id, until) = (Ids.New(InvitationResource.Prefix), context.Now.AddDays(days));
        return new PlanDraft(
            InvitationWords.Call(email, workspace?.Id, role, days, note),
            $"Invite {InvitationWords.Whom(email)} {InvitationWords.To(workspace?.Title, role)}, until {WorkspaceWords.Day(until, context.Now)}",
            [new Effect("create", InvitationResource.Of(id), null, null, InvitationWords.Value(email, workspace?.Id, role, until, note))],
            [new ReadVersion(InvitationResource.Of(id), 0)], ToolScope.Write)
        {
            Access = true,
            Compensation = new Compensation("invitation.revoke", new JsonObject { ["invitation_id"] = id }),
            Warnings = [.. Warnings(email, role), .. email is null ? [] : NameWarnings.For("address", email), .. note is null ? [] : NameWarnings.For("note", note)],
            Untrusted = workspace?.Foreign ?? false,
            // Whoever accepts is let into the workspace: what is asked of that is asked of this.
            Through = workspace is null ? [] : [new PlanPart("workspace.add_collaborator", ToolScope.Write, InvitationWords.LettingIn(workspace.Id, email, role!))],
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (id, value) = (InvitationResource.IdOf(effect)!, effect.After!.AsObject());
        var workspace = (string?)value["workspace_id"];
        if (workspace is null) RequireAdmin(context.Principal);
        else WorkspaceWords.RequireKept(await WorkspaceAccess.StillAsync(workspaces, context, workspace, Roles.Owner, cancellationToken));
        await limits.RequireAsync(context, cancellationToken);
        var until = Timestamps.Parse((string)value["expires_at"]!);
        if (until <= context.Now) throw ToolRefusedException.Conflict("The end of this invitation has passed already. Ask again.");
        await invitations.InsertAsync(context.Transaction, new NewInvitation(id, (string?)value["email"], workspace, (string?)value["workspace_role"], (string?)value["note"], context.Principal.AccountId, until), cancellationToken);
        context.Transaction.Hint(Topics.Stream(InvitationResource.News), id);
        return InvitationWords.Result(await invitations.FindAsync(context.Transaction, id, context.Principal.AccountId, cancellationToken));
    }

    private async Task<Workspace?> WorkspaceAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.WorkspaceId is null)
        {
            if (arguments.WorkspaceRole is not null) throw ToolRefusedException.Invalid("A workspace_role needs a workspace_id: on the hub itself everybody comes in as a member.");
            RequireAdmin(context.Principal);
            return null;
        }
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, Roles.Owner, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        return workspace;
    }

    private static void RequireAdmin(Principal principal)
    {
        if (!principal.IsAdmin) throw ToolRefusedException.Denied("Only an admin invites to the hub itself. Name a workspace that you own with workspace_id, or ask an admin.");
    }

    private static string? Email(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : Emails.Read(text) ?? throw ToolRefusedException.Invalid("This is no e-mail address. Give one address, or leave it out for a link that works for whoever holds it, once.");

    private static IEnumerable<string> Warnings(string? email, string? role)
    {
        if (email is null) yield return "Whoever holds the link may accept, once. Name an e-mail address to invite one person.";
        yield return "Whoever accepts and has no account here may get one, as a member of this hub.";
        if (role == Roles.Owner) yield return "An owner decides who else may come into the workspace.";
    }
}

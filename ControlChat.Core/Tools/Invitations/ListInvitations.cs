using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

internal sealed class ListInvitations(InvitationStore invitations) : ReadTool<ListInvitations.Arguments>
{
    public sealed record Arguments(
        [Description("Only those that wait (pending), were accepted, or ended (revoked or expired); all when left out.")][AllowedValues(InvitationState.Pending, InvitationState.Accepted, InvitationState.Ended)] string? State = null,
        [Description("Only those to this workspace, by its id.")][MaxLength(64)] string? WorkspaceId = null,
        [Description("How many at most; 50 when left out.")][Range(1, 50)] int? Limit = null,
        [Description("next_cursor of the page before.")] string? Cursor = null);

    public override ToolDefinition Definition { get; } = Define("invitation.list",
        "Lists invitations, newest first: those the person made and those to workspaces they own; an admin sees all. Says who is invited, to what, in which role, until when and what became of it. Links are never listed.") with
    { Lite = false };

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Cursor is { } cursor && !InvitationResource.IsOne(cursor))
            throw ToolRefusedException.Invalid("'cursor' is not one this hub handed out. Use next_cursor of the page before, or leave it out.");
        var most = arguments.Limit ?? 50;
        var found = await invitations.ListAsync(
            context.Reader, new InvitationFilter(context.Principal.AccountId, context.Principal.IsAdmin, arguments.State, arguments.WorkspaceId, arguments.Cursor, most + 1), cancellationToken);
        var items = found.Take(most).ToList();
        return new ReadResult(
            new JsonObject { ["items"] = JsonSerializer.SerializeToNode(items, Json.Wire), ["next_cursor"] = found.Count > most ? items[^1].Id : null },
            Untrusted: items.Count > 0);
    }
}

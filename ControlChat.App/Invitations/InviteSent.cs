using System.Text.Json.Nodes;

namespace ControlChat.App.Invitations;

/// <summary>What was entered to invite somebody.</summary>
/// <param name="Email">Empty: whoever holds the link.</param>
/// <param name="Workspace">An id or a title; empty: to the hub only.</param>
public sealed record InviteSent(string Email, string Workspace, string Role, int Days, string Note)
{
    /// <summary>The arguments of the call.</summary>
    /// <param name="workspaceId">The workspace of the page, which goes before what was entered; or null.</param>
    public JsonObject Arguments(string? workspaceId)
    {
        var arguments = new JsonObject { ["days"] = Days };
        if (Email.Trim() is { Length: > 0 } email) arguments["email"] = email;
        if ((workspaceId ?? Workspace.Trim()) is { Length: > 0 } workspace) (arguments["workspace_id"], arguments["workspace_role"]) = (workspace, Role);
        if (Note.Trim() is { Length: > 0 } note) arguments["note"] = note;
        return arguments;
    }
}

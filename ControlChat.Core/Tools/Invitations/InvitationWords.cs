using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>What the tools for invitations say and answer, so that they all say it alike.</summary>
internal static class InvitationWords
{
    public const int NoteChars = 300;

    /// <summary>Who is meant, in a sentence.</summary>
    public static string Whom(string? email) => email is null ? "whoever holds its link" : NameWarnings.Marked(email);

    public static JsonObject Result(Invitation? invitation) => new() { ["invitation"] = JsonSerializer.SerializeToNode(invitation, Json.Wire) };

    /// <summary>A whole invitation, as it stands in an effect.</summary>
    public static JsonObject Value(string? email, string? workspaceId, string? workspaceRole, DateTimeOffset expiresAt, string? note) => new()
    {
        ["email"] = email,
        ["role"] = "member",
        ["workspace_id"] = workspaceId,
        ["workspace_role"] = workspaceRole,
        ["expires_at"] = Timestamps.Format(expiresAt),
        ["note"] = note,
    };

    /// <summary>The arguments of the call that makes one.</summary>
    public static JsonObject Call(string? email, string? workspaceId, string? workspaceRole, int days, string? note)
    {
        var call = new JsonObject { ["days"] = days };
        if (email is not null) call["email"] = email;
        if (workspaceId is not null) (call["workspace_id"], call["workspace_role"]) = (workspaceId, workspaceRole);
        if (note is not null) call["note"] = note;
        return call;
    }

    /// <summary>As the call that would let the account in, for the policy; whose account it will be is not known yet.</summary>
    public static JsonObject LettingIn(string workspaceId, string? email, string role)
    {
        var call = new JsonObject { ["workspace_id"] = workspaceId, ["role"] = role };
        if (email is not null) call["account"] = email;
        return call;
    }

    /// <exception cref="ToolRefusedException"><c>invalid</c> or <c>too_long</c>.</exception>
    public static string? Note(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var note = StoredText.Of(text.Trim());
        if (note.Any(char.IsControl)) throw ToolRefusedException.Invalid("The note holds a control character or a line break. Leave it out.");
        return WorkspaceText.Length(note) <= NoteChars ? note : throw new ToolRefusedException("invalid", "too_long", $"The note has {WorkspaceText.Length(note)} characters; at most {NoteChars} are allowed.");
    }

    public static string To(string? workspaceTitle, string? role) => workspaceTitle is null ? "to this hub" : $"to {WorkspaceWords.Quote(workspaceTitle)} as {role}";

    public static ToolRefusedException NotFound() => ToolRefusedException.NotFound("There is no such invitation among those you may see. invitation.list shows them.");

    public static ToolRefusedException Moved() => ToolRefusedException.Conflict("The invitation was accepted or revoked meanwhile. Nothing was done.");
}

/// <summary>How effects and read sets name an invitation: <c>invitation/{id}</c>.</summary>
internal static partial class InvitationResource
{
    public const string Kind = "invitation";
    public const string Prefix = "inv";

    /// <summary>Where pages hear that one changed: what stands after <c>stream:</c>.</summary>
    public const string News = "invitations";

    public static string Of(string id) => $"{Kind}/{id}";

    /// <summary>The id behind <c>invitation/…</c>; null for another resource.</summary>
    public static string? IdOf(Effect effect) => effect.Resource.StartsWith(Kind + "/", StringComparison.Ordinal) ? effect.Resource[(Kind.Length + 1)..] : null;

    public static bool IsOne(string text) => Form().IsMatch(text);

    [GeneratedRegex(@"\Ainv_[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

/// <summary>Versions of <c>invitation/{id}</c>.</summary>
internal sealed class InvitationVersions(InvitationStore invitations) : IResourceVersions
{
    public string Kind => InvitationResource.Kind;

    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) => invitations.VersionAsync(reader, id, cancellationToken);
}

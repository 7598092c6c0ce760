using System.Globalization;
using ControlChat.App.Ui;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Invitations;

/// <summary>What pages say of an invitation.</summary>
internal static class InviteWords
{
    public static string Role(string role) => role switch
    {
        WorkspaceRole.Owner => Texts.AsOwner,
        WorkspaceRole.Collaborator => Texts.AsCollaborator,
        _ => Texts.AsViewer,
    };

    /// <summary>For a page that does not know its reader's clock.</summary>
    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The word and the tone of what became of it.</summary>
    public static (string Word, string Tone) State(Invitation invitation) => invitation.State switch
    {
        InvitationState.Accepted => (Texts.Accepted, "ok"),
        InvitationState.Revoked => (Texts.Revoked, "off"),
        InvitationState.Expired => (Texts.Expired, "off"),
        _ when !invitation.Stands => (Texts.HoldsNoMore, "off"),
        _ => (Texts.Waits, "accent"),
    };

    public static string Left(DateTimeOffset until, DateTimeOffset now) => (until - now) switch
    {
        var left when left > TimeSpan.FromHours(36) => Texts.DaysLeft.With((int)Math.Round(left.TotalDays)),
        var left when left > TimeSpan.FromHours(2) => Texts.HoursLeft.With((int)Math.Round(left.TotalHours)),
        _ => Texts.SoonOver,
    };
}

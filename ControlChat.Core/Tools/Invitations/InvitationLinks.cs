using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>
/// Makes the links of invitations, for whoever invited and for admins, in a signed-in browser with a recent sign-in: no tool, token or route does.
/// The token is shown once and kept as a hash; it ends with the invitation.
/// </summary>
public sealed class InvitationLinks
{
    /// <summary>Of one invitation that work at the same time; another one ends the oldest.</summary>
    public const int MostAtOnce = 10;

    private static readonly TimeSpan Remember = TimeSpan.FromDays(30);
    private readonly HubDatabase _database;
    private readonly InvitationStore _invitations;
    private readonly RecentSignIn _recent;
    private readonly IAccountRecord _record;

    internal InvitationLinks(HubDatabase database, InvitationStore invitations, RecentSignIn recent, IAccountRecord record) =>
        (_database, _invitations, _recent, _record) = (database, invitations, recent, record);

    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    /// <exception cref="StaleSignInException">The sign-in is not recent.</exception>
    public async Task<InvitationLinkResult> MakeAsync(Principal person, string invitationId, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var present = await _recent.RequireAsync(transaction, person, cancellationToken);
        var invitation = await _invitations.FindAsync(transaction, invitationId, present.AccountId, cancellationToken);
        if (invitation is null || !(present.IsAdmin || invitation.InvitedBy == present.AccountId))
            return new InvitationLinkResult.Refused("Only whoever invited, and admins, copy the link of an invitation.");
        var (token, data) = (Credential.New(), PasswordCheck.Changed(present.AccountId, "invitation_link"));
        (data["invitation_id"], data["expires_at"]) = (invitation.Id, Timestamps.Format(invitation.ExpiresAt));
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", AccountActor.Of(present), data), cancellationToken);
        if (!await _invitations.StandsAsync(transaction, invitation.Id, cancellationToken))
            return new InvitationLinkResult.Refused("This invitation does not hold any more: it was accepted or revoked, has run out, or whoever invited may not invite now. Make a new one.");
        await _invitations.ForgetLinksAsync(transaction, transaction.Now - Remember, cancellationToken);
        await _invitations.AddLinkAsync(transaction, Credential.Hash(token), invitation.Id, present.AccountId, invitation.ExpiresAt, MostAtOnce, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new InvitationLinkResult.Made(token, invitation);
    }
}

/// <summary>What came of asking for a link.</summary>
public abstract record InvitationLinkResult
{
    private InvitationLinkResult()
    {
    }

    /// <param name="Token">43 base64url characters, shown nowhere else.</param>
    /// <param name="Invitation">Where it leads.</param>
    public sealed record Made(string Token, Invitation Invitation) : InvitationLinkResult
    {
        // It opens something: nothing prints it.
        public override string ToString() => $"Link of {Invitation.Id}";
    }

    /// <param name="Message">For whoever asked.</param>
    public sealed record Refused(string Message) : InvitationLinkResult;
}

using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>
/// What the page of an invitation does: shows it to whom it is meant for, and lets a signed-in person accept. Looking uses nothing up. Who may is
/// decided once more in the transaction that lets them in; every refusal is put on the record as refused sign-ins are.
/// </summary>
public sealed class InvitationDoor
{
    /// <summary>For the record: by what somebody tried to come in.</summary>
    internal const string By = "invitation";

    private readonly HubDatabase _database;
    private readonly InvitationStore _invitations;
    private readonly InvitationAcceptance _acceptance;
    private readonly AccountStore _accounts;
    private readonly SessionOpening _opening;
    private readonly IPrincipals _principals;
    private readonly ISignInPolicy _ways;

    internal InvitationDoor(
        HubDatabase database, InvitationStore invitations, InvitationAcceptance acceptance, AccountStore accounts, SessionOpening opening, IPrincipals principals, ISignInPolicy ways) =>
        (_database, _invitations, _acceptance, _accounts, _opening, _principals, _ways) = (database, invitations, acceptance, accounts, opening, principals, ways);

    /// <summary>To what a link leads, for whoever holds it.</summary>
    /// <param name="token">From the link.</param>
    /// <param name="person">Who is signed in, or null: then the link alone shows it.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    public async Task<InvitationLook> LookAsync(string? token, Principal? person, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(token)) return new InvitationLook.Gone("unknown");
        await using var reader = await _database.ReadAsync(cancellationToken);
        var account = person is null ? null : await _accounts.FindAsync(reader, person.AccountId, cancellationToken);
        return await LookAsync(reader, Credential.Hash(token!), account, cancellationToken);
    }

    /// <summary>Those that wait for the address of the person's account; they need no link. At most 20, newest first.</summary>
    public async Task<IReadOnlyList<InvitationOffer>> WaitingAsync(Principal person, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await _accounts.FindAsync(reader, person.AccountId, cancellationToken) is not { ClosedAt: null, Email: { } email }) return [];
        var offers = new List<InvitationOffer>();
        foreach (var id in await _invitations.WaitingForAsync(reader, Emails.Plain(email), cancellationToken))
            if (await _invitations.FindAsync(reader, id, person.AccountId, cancellationToken) is { } invitation) offers.Add(await OfferAsync(reader, invitation, cancellationToken));
        return offers;
    }

    /// <summary>Lets the signed-in person in.</summary>
    /// <param name="person">Of a signed-in browser.</param>
    /// <param name="invitationId">The one that was shown.</param>
    /// <param name="token">The link's that it was shown for; null: the account's address is the proof.</param>
    /// <param name="rowFor">Null: every refusal gets a row.</param>
    /// <param name="cancellationToken">Stops it before the commit.</param>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    public async Task<InvitationResult> AcceptAsync(Principal person, string invitationId, string? token, RowForRefusal? rowFor, CancellationToken cancellationToken)
    {
        var hash = Credential.IsWellFormed(token) ? Credential.Hash(token!) : null;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var present = await _principals.RequireBrowserAsync(transaction, person, cancellationToken);
        var account = (await _accounts.FindAsync(transaction, present.AccountId, cancellationToken))!;
        var result = await _acceptance.AcceptAsync(transaction, invitationId, hash, account, present.AuthSessionId, cancellationToken);
        if (result == Acceptance.Gone)
        {
            // A click that came twice.
            if (await _invitations.FindAsync(transaction, invitationId, account.Id, cancellationToken) is { } mine && mine.AcceptedBy == account.Id) return new InvitationResult.Accepted(mine.WorkspaceId);
            var reason = hash is null ? "unknown" : await LookAsync(transaction, hash, account, cancellationToken) is InvitationLook.Gone gone ? gone.Reason : "used";
            await transaction.CommitRefusalAsync(rowFor, reason, leftOut => FailAsync(transaction, present, reason, leftOut));
            return new InvitationResult.Gone();
        }
        if (result == Acceptance.Full) return new InvitationResult.Full();
        if (result == Acceptance.Frozen) return new InvitationResult.Frozen();
        var accepted = await _invitations.FindAsync(transaction, invitationId, account.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new InvitationResult.Accepted(accepted!.WorkspaceId);
    }

    /// <summary>Puts on the record that somebody came with a link that opens nothing for them. What has not the form of one gets no row.</summary>
    /// <param name="token">As it came.</param>
    /// <param name="person">Who is signed in, or null.</param>
    /// <param name="reason">As <see cref="InvitationLook.Gone"/> has it.</param>
    /// <param name="rowFor">As for <see cref="AcceptAsync"/>.</param>
    public Task RefuseAsync(string? token, Principal? person, string reason, RowForRefusal? rowFor) => Credential.IsWellFormed(token)
        ? _database.RecordRefusalAsync(rowFor, reason, (transaction, leftOut) => FailAsync(transaction, person, reason, leftOut))
        : Task.CompletedTask;

    internal async Task<InvitationLook> LookAsync(IHubReader reader, string hash, Account? account, CancellationToken cancellationToken)
    {
        if (await _invitations.FindLinkAsync(reader, hash, cancellationToken) is not { } link) return new InvitationLook.Gone("unknown");
        var invitation = (await _invitations.FindAsync(reader, link.InvitationId, account?.Id ?? "", cancellationToken))!;
        if (account is not null && invitation.AcceptedBy == account.Id) return new InvitationLook.Yours(invitation.WorkspaceId);
        if (invitation.State != InvitationState.Pending) return new InvitationLook.Gone(invitation.State == InvitationState.Accepted ? "used" : invitation.State);
        if (!await _invitations.StandsAsync(reader, invitation.Id, cancellationToken)) return new InvitationLook.Gone("inviter");
        if (IsAnothers(invitation, account)) return new InvitationLook.Gone("other_account");
        var offer = await OfferAsync(reader, invitation, cancellationToken);
        return new InvitationLook.Open(offer with { MakesAccounts = link.ByAdmin && _ways.ByPassword && account is null && invitation.Email is not null, Admits = link.ByAdmin || invitation.Email is not null });
    }

    private static bool IsAnothers(Invitation invitation, Account? account) => account is not null && invitation.Email is { } email && email != Emails.Plain(account.Email ?? "");

    private async Task<InvitationOffer> OfferAsync(IHubReader reader, Invitation invitation, CancellationToken cancellationToken) => new()
    {
        Id = invitation.Id,
        Email = invitation.Email,
        WorkspaceTitle = await _invitations.TitleAsync(reader, invitation.Id, cancellationToken),
        WorkspaceRole = invitation.WorkspaceRole,
        Note = invitation.Note,
        InvitedBy = invitation.InvitedByName,
        ExpiresAt = invitation.ExpiresAt,
    };

    private Task FailAsync(IHubTransaction transaction, Principal? person, string reason, int leftOut) =>
        _opening.FailAsync(transaction, person?.AccountId, By, reason, leftOut, CancellationToken.None);
}

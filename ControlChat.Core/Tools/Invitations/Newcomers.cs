using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>
/// Makes an account with a password for the address that an invitation names: by a link that an admin copied, for nobody else vouches for an
/// address that no provider has proven. Account, password, membership, session and their rows commit together.
/// </summary>
public sealed class Newcomers
{
    private readonly HubDatabase _database;
    private readonly InvitationDoor _door;
    private readonly InvitationAcceptance _acceptance;
    private readonly AccountStore _accounts;
    private readonly PasswordStore _passwords;
    private readonly PasswordLanes _lanes;
    private readonly SessionOpening _opening;
    private readonly IAccountRecord _record;

    internal Newcomers(
        HubDatabase database, InvitationDoor door, InvitationAcceptance acceptance, AccountStore accounts, PasswordStore passwords, PasswordLanes lanes, SessionOpening opening, IAccountRecord record) =>
        (_database, _door, _acceptance, _accounts, _passwords, _lanes, _opening, _record) = (database, door, acceptance, accounts, passwords, lanes, opening, record);

    /// <param name="token">Of the link.</param>
    /// <param name="name">What people call them.</param>
    /// <param name="password">As chosen.</param>
    /// <param name="browser">Nobody is signed in in it.</param>
    /// <param name="rowFor">Null: every refusal gets a row.</param>
    /// <param name="cancellationToken">Stops it before the commit.</param>
    /// <returns>Refused with <c>account</c> when nothing was made because of who is here already, with <c>frozen</c> while a stop switch holds, else as <see cref="InvitationLook.Gone"/> has it.</returns>
    public async Task<SignInResult> JoinAsync(string? token, string name, string password, SigningBrowser browser, RowForRefusal? rowFor, CancellationToken cancellationToken)
    {
        if (await _door.LookAsync(token, null, cancellationToken) is not InvitationLook.Open { Offer: { MakesAccounts: true, Email: { } email } }) return await RefuseLinkAsync(token, rowFor, cancellationToken);
        if (People.NameFault(name) is { } fault) return new SignInResult.Invalid(fault);
        if (PasswordPolicy.Fault(password, email, name) is { } weak) return new SignInResult.Invalid(weak);
        using var turn = await _lanes.EnterAsync(cancellationToken);
        if (turn is null) return new SignInResult.Busy(PasswordLanes.ComeAgain);
        var stored = PasswordHash.Make(password);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await transaction.SaveAsync("newcomer", cancellationToken);
        var account = new Account { Id = Ids.New("acc"), Name = name.Trim(), Email = email, Role = "member", CreatedAt = transaction.Now };
        if (await MakeAsync(transaction, token!, account, stored, cancellationToken) is { } reason)
        {
            await transaction.RollbackToAsync("newcomer", cancellationToken);
            await transaction.CommitRefusalAsync(rowFor, reason, leftOut => _opening.FailAsync(transaction, null, InvitationDoor.By, reason, leftOut, CancellationToken.None));
            return new SignInResult.Refused(reason);
        }
        var result = await _opening.OpenAsync(transaction, account, browser, InvitationDoor.By, transaction.Now, cancellationToken, mark: KnownBrowser.Mark(account.Id, stored));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <returns>Why not, for the record; null: it is made and let in.</returns>
    private async Task<string?> MakeAsync(IHubTransaction transaction, string token, Account account, string stored, CancellationToken cancellationToken)
    {
        // The row first: with it comes the record's lock, so of two at once the second finds what the first made.
        var data = PasswordCheck.Changed(account.Id, "created");
        (data["email"], data["name"], data["role"], data["by"]) = (account.Email, account.Name, account.Role, InvitationDoor.By);
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", new AccountActor(account.Id, null, "ui"), data), cancellationToken);
        var hash = Credential.Hash(token);
        switch (await _door.LookAsync(transaction, hash, null, cancellationToken))
        {
            case InvitationLook.Gone gone:
                return gone.Reason;
            case InvitationLook.Open { Offer: var offer }:
                if (!offer.MakesAccounts || offer.Email != account.Email) return "account";
                if (await _accounts.FindByEmailAsync(transaction, account.Email!, cancellationToken) is not null) return "account";
                await _accounts.AddAsync(transaction, account, cancellationToken);
                await _passwords.SetAsync(transaction, account.Id, stored, cancellationToken);
                return await _acceptance.AcceptAsync(transaction, offer.Id, hash, account, null, cancellationToken) switch
                {
                    Acceptance.Done => null,
                    Acceptance.Frozen => "frozen",
                    _ => "used",
                };
            default:
                return "used";
        }
    }

    private async Task<SignInResult> RefuseLinkAsync(string? token, RowForRefusal? rowFor, CancellationToken cancellationToken)
    {
        var reason = await _door.LookAsync(token, null, cancellationToken) is InvitationLook.Gone gone ? gone.Reason : "account";
        await _door.RefuseAsync(token, null, reason, rowFor);
        return new SignInResult.Refused(reason);
    }
}

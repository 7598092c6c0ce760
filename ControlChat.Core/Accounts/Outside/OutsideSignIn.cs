using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Outside;

/// <summary>Signs in whom a provider or a proxy vouches for: finds or makes the account, takes over its role, opens the session. One transaction.</summary>
public sealed class OutsideSignIn
{
    /// <summary>Of <see cref="UnlinkAsync"/>: without it nothing would let the person in.</summary>
    public const string OnlyWay = "You have no other way in. Ask an admin for a password first, or connect another provider.";

    private static readonly TimeSpan VouchEvery = TimeSpan.FromMinutes(1);
    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;
    private readonly IdentityStore _identities;
    private readonly BrowserSessionStore _sessions;
    private readonly SessionOpening _opening;
    private readonly IPrincipals _principals;
    private readonly RecentSignIn _recent;
    private readonly IAccountRecord _record;
    private readonly IInvitedPeople _invited;

    internal OutsideSignIn(
        HubDatabase database, AccountStore accounts, IdentityStore identities, BrowserSessionStore sessions, SessionOpening opening, IPrincipals principals, RecentSignIn recent,
        IAccountRecord record, IInvitedPeople invited) =>
        (_database, _accounts, _identities, _sessions, _opening, _principals, _recent, _record, _invited) = (database, accounts, identities, sessions, opening, principals, recent, record, invited);

    /// <param name="rowFor">Null: every refusal gets a row.</param>
    /// <param name="invitation">The token of a link that the browser opened before: it lets in whom no rule speaks of. Null: none.</param>
    public async Task<SignInResult> SignInAsync(OutsideIdentity identity, SigningBrowser browser, CancellationToken cancellationToken, RowForRefusal? rowFor = null, string? invitation = null)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var (account, refusal) = await AccountAsync(transaction, identity, invitation, cancellationToken);
        if (refusal is not null) return await RefuseAsync(transaction, identity, account?.Id, refusal, rowFor);
        var present = await TakeRoleAsync(transaction, identity, account!, cancellationToken);
        // Who does not say when it was proven has said that a person is known, and nothing of how fresh that is.
        var done = await _opening.OpenAsync(transaction, present, browser, identity.By, identity.AuthTime ?? DateTimeOffset.UnixEpoch, cancellationToken, identity.CookieOf);
        await transaction.CommitAsync(cancellationToken);
        return done;
    }

    /// <summary>
    /// The cookie of the session that this identity has in this browser: the one it brings, else one that <see cref="OutsideIdentity.CookieOf"/> gives again.
    /// A changed role is taken over, and that the person was vouched for is noted. Null: it must sign in.
    /// </summary>
    public async Task<string?> ResumeAsync(OutsideIdentity identity, string? cookie, string userAgent, CancellationToken cancellationToken)
    {
        Account? account;
        (string Cookie, BrowserSession Session)? held;
        TimeSpan? silent;
        await using (var reader = await _database.ReadAsync(cancellationToken))
        {
            var id = await _identities.FindAccountAsync(reader, identity.Issuer, identity.Subject, cancellationToken);
            account = id is null ? null : await _accounts.FindAsync(reader, id, cancellationToken);
            if (account is not { ClosedAt: null } || identity.Admission.Lets == Lets.Nobody) return null;
            held = await HeldAsync(reader, identity, account, cookie, userAgent, cancellationToken);
            silent = reader.Now - held?.Session.VouchedAt;
        }
        if (held is not (var found, var session)) return null;
        if (identity.CookieOf is not null && !(silent < VouchEvery)) await VouchAsync(session.Id, silent >= BrowserSessions.VouchedTime, cancellationToken);
        if (identity.Admission.Role is not { } role || role == account.Role) return found;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await TakeRoleAsync(transaction, identity, account, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return found;
    }

    /// <summary>Puts on the record that somebody claimed to be vouched for and was not.</summary>
    /// <param name="address">Where from.</param>
    public Task RefuseAsync(string by, string reason, string address, RowForRefusal rowFor) => _database.RecordRefusalAsync(rowFor, reason, (transaction, leftOut) =>
    {
        var data = SessionOpening.Failed(reason, by, leftOut);
        data["address"] = address;
        return _record.AppendAsync(transaction, new AccountEvent("signin.failed", new AccountActor(null, null, "ui"), data), CancellationToken.None);
    });

    /// <summary>Adds the identity to the account of the person who is signed in and asked for it with a recent sign-in (<see cref="OpenId.OpenIdSignIn.IntendLinkAsync"/>).</summary>
    /// <param name="rowFor">As for <see cref="SignInAsync"/>.</param>
    /// <returns>Refused, too, when the session ended meanwhile.</returns>
    /// <exception cref="UnauthorizedAccessException">No browser, but a token.</exception>
    public async Task<SignInResult> LinkAsync(OutsideIdentity identity, Principal person, CancellationToken cancellationToken, RowForRefusal? rowFor = null)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await _principals.FindBrowserAsync(transaction, person, cancellationToken) is null) return await RefuseAsync(transaction, identity, person.AccountId, "session_ended", rowFor);
        if (!await _identities.AddAsync(transaction, identity.Issuer, identity.Subject, person.AccountId, cancellationToken))
        {
            if (await _identities.FindAccountAsync(transaction, identity.Issuer, identity.Subject, cancellationToken) == person.AccountId) return new SignInResult.Linked();
            return await RefuseAsync(transaction, identity, person.AccountId, "linked_elsewhere", rowFor);
        }
        // The account's other browsers stay: what they came by is as good as before.
        await RecordAsync(transaction, AccountActor.Of(person), Changed(person.AccountId, "linked", identity), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new SignInResult.Linked();
    }

    public async Task<IReadOnlyList<LinkedIdentity>> ListAsync(Principal person, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _identities.ListAsync(reader, person.AccountId, cancellationToken);
    }

    /// <summary>
    /// Takes an identity off the account and signs its other browsers out, which may have come by it. Not the last of what lets the account in:
    /// who had nothing left could give themselves a first password, and that would go on when the provider lets them in no more.
    /// </summary>
    /// <param name="rowFor">As for <see cref="SignInAsync"/>.</param>
    /// <returns>What is in the way, for the person; null when it is gone, now or before.</returns>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    /// <exception cref="StaleSignInException">The sign-in is not recent.</exception>
    public async Task<string?> UnlinkAsync(Principal person, LinkedIdentity identity, CancellationToken cancellationToken, RowForRefusal? rowFor = null)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _recent.RequireAsync(transaction, person, cancellationToken);
        await transaction.SaveAsync("unlink", cancellationToken);
        if (!await _identities.RemoveAsync(transaction, identity.Issuer, identity.Subject, person.AccountId, cancellationToken)) return null;
        var gone = new OutsideIdentity(identity.Issuer, identity.Subject, "") { Admission = new Admission(Lets.Nobody) };
        if (!await _accounts.HasWayInAsync(transaction, person.AccountId, cancellationToken))
        {
            await transaction.RollbackToAsync("unlink", cancellationToken);
            await RefuseAsync(transaction, gone, person.AccountId, "only_way", rowFor);
            return OnlyWay;
        }
        var data = Changed(person.AccountId, "unlinked", gone);
        data["sessions_ended"] = await _sessions.EndAllAsync(transaction, person.AccountId, person.AuthSessionId, cancellationToken);
        await RecordAsync(transaction, AccountActor.Of(person), data, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    // A session that rests needs the note now; another can have it with the next request.
    private async Task VouchAsync(string sessionId, bool rests, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = rests ? await _database.BeginAsync(cancellationToken) : await _database.TryBeginAsync(cancellationToken);
            if (transaction is null) return;
            await _sessions.VouchAsync(transaction, sessionId, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (HubUnavailableException) when (!rests)
        {
            // The next request tries again.
        }
    }

    private async Task<(string Cookie, BrowserSession Session)?> HeldAsync(IHubReader reader, OutsideIdentity identity, Account account, string? cookie, string userAgent, CancellationToken cancellationToken)
    {
        if (Credential.IsWellFormed(cookie) && await _sessions.FindAsync(reader, Credential.Hash(cookie!), cancellationToken) is { } brought && brought.AccountId == account.Id) return (cookie!, brought);
        if (identity.CookieOf is null) return null;
        foreach (var session in (await _sessions.ListAsync(reader, account.Id, cancellationToken)).Where(s => s.UserAgent == SessionOpening.Kept(userAgent)))
            if (identity.CookieOf(session.Id) is var own && await _sessions.FindAsync(reader, Credential.Hash(own), cancellationToken) is not null) return (own, session);
        return null;
    }

    private async Task<(Account? Account, string? Refusal)> AccountAsync(IHubTransaction transaction, OutsideIdentity identity, string? invitation, CancellationToken cancellationToken)
    {
        var id = await _identities.FindAccountAsync(transaction, identity.Issuer, identity.Subject, cancellationToken);
        var account = id is null ? null : await _accounts.FindAsync(transaction, id, cancellationToken);
        if (account is { ClosedAt: not null }) return (account, "closed");
        if (identity.Admission.Lets == Lets.Nobody) return (account, "no_rule");
        if (account is not null) return (account, null);
        var (same, refusal) = await SameAsync(transaction, identity, cancellationToken);
        if (refusal is not null) return (same, refusal);
        return same is null && identity.Admission.Lets == Lets.Linked
            ? await InvitedAsync(transaction, identity, invitation, cancellationToken) : await AddAsync(transaction, identity, same, cancellationToken);
    }

    // An invitation speaks for whom no rule speaks of; it overrules none. The account and its way in are made together, or neither is.
    private async Task<(Account? Account, string? Refusal)> InvitedAsync(IHubTransaction transaction, OutsideIdentity identity, string? invitation, CancellationToken cancellationToken)
    {
        if (invitation is null || !await _invited.AdmitsAsync(transaction, invitation, identity.Email, cancellationToken)) return (null, "no_rule");
        await transaction.SaveAsync("invited", cancellationToken);
        var (account, refusal) = await AddAsync(transaction, identity, null, cancellationToken);
        if (refusal is not null || await _invited.AcceptAsync(transaction, invitation, account!, cancellationToken)) return (account, refusal);
        await transaction.RollbackToAsync("invited", cancellationToken);
        // The same person's other window was faster.
        var made = await _identities.FindAccountAsync(transaction, identity.Issuer, identity.Subject, cancellationToken);
        return made is null ? (null, "no_rule") : (await _accounts.FindAsync(transaction, made, cancellationToken), null);
    }

    // Addresses are given to other people: one connects nobody to an account that this issuer knows by another name.
    private async Task<(Account? Account, string? Refusal)> SameAsync(IHubReader reader, OutsideIdentity identity, CancellationToken cancellationToken)
    {
        var same = identity.Email is null ? null : await _accounts.FindByEmailAsync(reader, identity.Email, cancellationToken);
        if (same is null) return (null, null);
        if (same.ClosedAt is not null) return (same, "closed");
        return (same, identity.LinksByEmail && !await _identities.HasIssuerAsync(reader, same.Id, identity.Issuer, cancellationToken) ? null : "email_taken");
    }

    private async Task<(Account? Account, string? Refusal)> AddAsync(IHubTransaction transaction, OutsideIdentity identity, Account? same, CancellationToken cancellationToken)
    {
        var account = same ?? new Account
        {
            Id = Ids.New("acc"),
            Name = NameOf(identity),
            Email = identity.Email,
            Role = identity.Admission.Role ?? "member",
            CreatedAt = transaction.Now,
        };
        await transaction.SaveAsync("add", cancellationToken);
        // The row first: with it comes the record's lock, so of two first sign-ins at once the second finds what the first made.
        await RecordAsync(transaction, new AccountActor(account.Id, null, "ui"), Changed(account.Id, same is null ? "created" : "linked", identity), cancellationToken);
        if (await _identities.FindAccountAsync(transaction, identity.Issuer, identity.Subject, cancellationToken) is { } made)
        {
            await transaction.RollbackToAsync("add", cancellationToken);
            return (await _accounts.FindAsync(transaction, made, cancellationToken), null);
        }
        var (now, refusal) = await SameAsync(transaction, identity, cancellationToken);
        if (refusal is not null || now?.Id != same?.Id)
        {
            await transaction.RollbackToAsync("add", cancellationToken);
            return (now, refusal ?? "email_taken");
        }
        if (same is null) await _accounts.AddAsync(transaction, account, cancellationToken);
        await _identities.AddAsync(transaction, identity.Issuer, identity.Subject, account.Id, cancellationToken);
        return (account, null);
    }

    // The last admin stays one, whatever the groups say: nobody would be left to run the hub.
    private async Task<Account> TakeRoleAsync(IHubTransaction transaction, OutsideIdentity identity, Account account, CancellationToken cancellationToken)
    {
        if (identity.Admission.Role is not { } role || role == account.Role) return account;
        await transaction.SaveAsync("role", cancellationToken);
        var data = PasswordCheck.Changed(account.Id, "role");
        (data["from"], data["to"], data["by"]) = (account.Role, role, identity.By);
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", new AccountActor(account.Id, null, "ui"), data), cancellationToken);
        // Whom the provider takes the role from loses it, even where nobody else could sign in: its groups can name another admin.
        if (await _accounts.ChangeRoleAsync(transaction, account.Id, account.Role, role, needsKey: false, cancellationToken)) return account with { Role = role };
        await transaction.RollbackToAsync("role", cancellationToken);
        return account;
    }

    private async Task<SignInResult> RefuseAsync(IHubTransaction transaction, OutsideIdentity identity, string? accountId, string reason, RowForRefusal? rowFor)
    {
        await transaction.CommitRefusalAsync(rowFor, reason, leftOut =>
        {
            var data = SessionOpening.Failed(reason, identity.By, leftOut);
            (data["issuer"], data["subject"]) = (identity.Issuer, identity.Subject);
            return _record.AppendAsync(transaction, new AccountEvent("signin.failed", new AccountActor(accountId, null, "ui"), data), CancellationToken.None);
        });
        return new SignInResult.Refused(reason);
    }

    private Task RecordAsync(IHubTransaction transaction, AccountActor by, JsonObject data, CancellationToken cancellationToken) =>
        _record.AppendAsync(transaction, new AccountEvent("account.changed", by, data), cancellationToken);

    private static JsonObject Changed(string accountId, string change, OutsideIdentity identity)
    {
        var data = PasswordCheck.Changed(accountId, change);
        (data["issuer"], data["subject"], data["by"]) = (identity.Issuer, identity.Subject, identity.By);
        return data;
    }

    private static string NameOf(OutsideIdentity identity)
    {
        foreach (var name in new[] { identity.Name, identity.Email, identity.Subject })
            if (name is not null && People.NameFault(name) is null) return name.Trim();
        return "Unnamed";
    }
}

using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Passwords;

/// <summary>A person's own password: chosen by a one-time link, changed while signed in.</summary>
public sealed class OwnPassword
{
    /// <summary>How long a link to choose a password works.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(24);

    /// <summary>How long a link that works no more is remembered.</summary>
    internal static readonly TimeSpan RememberUsed = TimeSpan.FromDays(1);

    /// <summary>Of <see cref="ChangeAsync"/>: whoever has no password yet signs in again before they choose one.</summary>
    public const string NotFresh = "Your sign-in is not fresh any more. Sign in again, then set the password.";

    /// <summary>Of <see cref="ChangeAsync"/>: whoever comes by a provider gets a password from an admin only.</summary>
    public const string ByProvider = "You sign in by a provider. A password beside it comes from an admin: under People they make a link for you to choose one.";

    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;
    private readonly PasswordStore _passwords;
    private readonly BrowserSessionStore _sessions;
    private readonly ApiTokenStore _tokens;
    private readonly SignInFailures _failures;
    private readonly SessionOpening _opening;
    private readonly IAccountRecord _record;
    private readonly PasswordLanes _lanes;
    private readonly FirstPassword _first;

    internal OwnPassword(
        HubDatabase database, AccountStore accounts, PasswordStore passwords, BrowserSessionStore sessions, ApiTokenStore tokens, SignInFailures failures, SessionOpening opening, IAccountRecord record,
        PasswordLanes lanes, FirstPassword first) =>
        (_database, _accounts, _passwords, _sessions, _tokens, _failures, _opening, _record, _lanes, _first) = (database, accounts, passwords, sessions, tokens, failures, opening, record, lanes, first);

    public async Task<bool> ExistsAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _passwords.FindAsync(reader, principal.AccountId, cancellationToken) is not null;
    }

    /// <summary>Whose link it is, for the page that asks for the password; null when it does not work (any more). Nothing is used up.</summary>
    public async Task<PasswordLink?> FindLinkAsync(string? token, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(token)) return null;
        await using var reader = await _database.ReadAsync(cancellationToken);
        var id = await _passwords.FindLinkAsync(reader, Credential.Hash(token!), cancellationToken);
        return id is not null && await _accounts.FindAsync(reader, id, cancellationToken) is { ClosedAt: null } account
            ? new PasswordLink(account, await _tokens.CountLiveAsync(reader, id, cancellationToken)) : null;
    }

    /// <summary>Uses the link up, sets the password, ends the account's other sessions and signs the browser in.</summary>
    /// <param name="revokeTokens">The account's API tokens end as well.</param>
    /// <param name="rowFor">Null: every refusal gets a row.</param>
    public async Task<SignInResult> SetByLinkAsync(string? token, string password, bool revokeTokens, SigningBrowser browser, CancellationToken cancellationToken, RowForRefusal? rowFor = null)
    {
        if (await FindLinkAsync(token, cancellationToken) is not { Account: var owner }) return await RefuseLinkAsync(token, cancellationToken, rowFor);
        if (PasswordPolicy.Fault(password, owner.Email, owner.Name) is { } fault) return new SignInResult.Invalid(fault);
        using var turn = await _lanes.EnterAsync(cancellationToken);
        if (turn is null) return new SignInResult.Busy(PasswordLanes.ComeAgain);
        var hash = PasswordHash.Make(password);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await _accounts.FindAsync(transaction, owner.Id, cancellationToken) is not { ClosedAt: null } account || !await _passwords.ConsumeLinkAsync(transaction, Credential.Hash(token!), cancellationToken))
            return await RefuseAsync(transaction, token!, rowFor, cancellationToken);
        await SetAsync(transaction, account, hash, null, revokeTokens, new AccountActor(account.Id, null, "ui"), cancellationToken);
        // The session of whoever opened the link, if it was this account's, has just ended with the others.
        var present = browser.Present?.AccountId == account.Id ? null : browser.Present;
        var result = await _opening.OpenAsync(
            transaction, account, browser with { Present = present }, "password_link", transaction.Now, cancellationToken, mark: KnownBrowser.Mark(account.Id, hash));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>Puts on the record that somebody came with a link that does not work (any more), and why: <c>used|expired|closed|unknown</c>. What has not the form of one gets no row.</summary>
    /// <param name="rowFor">As for <see cref="SetByLinkAsync"/>.</param>
    public async Task<SignInResult> RefuseLinkAsync(string? token, CancellationToken cancellationToken, RowForRefusal? rowFor = null)
    {
        if (!Credential.IsWellFormed(token)) return new SignInResult.Refused("unknown");
        await using var transaction = await _database.BeginAsync(cancellationToken);
        return await RefuseAsync(transaction, token!, rowFor, cancellationToken);
    }

    /// <summary>Changes one's own password, or sets the first one, for which the sign-in must be fresh. Other browsers of the account are signed out.</summary>
    /// <param name="old">The present one; not looked at when there is none.</param>
    /// <param name="revokeTokens">As for <see cref="SetByLinkAsync"/>.</param>
    /// <returns>What is wrong, for the person; null when it is changed.</returns>
    /// <exception cref="UnauthorizedAccessException">Not a signed-in browser.</exception>
    public async Task<string?> ChangeAsync(Principal principal, string old, string password, bool revokeTokens, CancellationToken cancellationToken)
    {
        if (principal.AuthSessionId is not { } session) throw new UnauthorizedAccessException("A password is changed from a signed-in browser only.");
        Account? account;
        string? stored;
        await using (var reader = await _database.ReadAsync(cancellationToken))
        {
            account = await _accounts.FindAsync(reader, principal.AccountId, cancellationToken);
            stored = await _passwords.FindAsync(reader, principal.AccountId, cancellationToken);
        }
        if (account?.Email is not { } email) return "This account has no e-mail address yet, and signing in needs one. An admin enters it under People.";
        if (PasswordPolicy.Fault(password, email, account.Name) is { } fault) return fault;
        using var turn = await _lanes.EnterAsync(cancellationToken);
        if (turn is null) return "The hub is busy with other sign-ins. Try again in a moment.";
        if (stored is not null && await WrongAsync(account.Id, stored, old, cancellationToken) is { } wrong) return wrong;
        var hash = PasswordHash.Make(password);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await _sessions.FindLiveByIdAsync(transaction, session, cancellationToken) is not { } live || await _passwords.FindAsync(transaction, account.Id, cancellationToken) != stored)
            return "Something changed meanwhile. Nothing was saved; load the page again.";
        if (stored is null && await _first.FaultAsync(transaction, live, cancellationToken) is { } refused) return refused;
        if (stored is not null) await _failures.ForgiveAsync(transaction, SignInFailures.KeyOfOwn(account.Id), null, cancellationToken);
        await SetAsync(transaction, account, hash, session, revokeTokens, AccountActor.Of(principal), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    private async Task<SignInResult> RefuseAsync(IHubTransaction transaction, string token, RowForRefusal? rowFor, CancellationToken cancellationToken)
    {
        var link = await _passwords.FindAnyLinkAsync(transaction, Credential.Hash(token), cancellationToken);
        var reason = link is null ? "unknown" : link.UsedAt is not null ? "used" : link.ExpiresAt <= transaction.Now ? "expired" : "closed";
        await transaction.CommitRefusalAsync(rowFor, reason, leftOut => _opening.FailAsync(transaction, link?.AccountId, "password_link", reason, leftOut, CancellationToken.None));
        return new SignInResult.Refused(reason);
    }

    // An open page in somebody else's hands is no place to guess from either.
    private async Task<string?> WrongAsync(string accountId, string stored, string old, CancellationToken cancellationToken)
    {
        await using (var transaction = await _database.BeginAsync(cancellationToken))
        {
            var wait = await _failures.BeginAsync(transaction, SignInFailures.KeyOfOwn(accountId), SignInFailures.OfAccount, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (wait is { } pause) return $"Too many wrong passwords. Try again in {Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds))} s.";
        }
        if (PasswordCheck.Matches(stored, old)) return null;
        await using var failed = await _database.BeginAsync(cancellationToken);
        await _opening.FailAsync(failed, accountId, "password", "wrong", 0, cancellationToken);
        await failed.CommitAsync(cancellationToken);
        return "The present password is wrong.";
    }

    private async Task SetAsync(IHubTransaction transaction, Account account, string hash, string? keepSession, bool revokeTokens, AccountActor by, CancellationToken cancellationToken)
    {
        await _passwords.SetAsync(transaction, account.Id, hash, cancellationToken);
        await _passwords.DropLinksAsync(transaction, account.Id, cancellationToken);
        await _sessions.EndAllAsync(transaction, account.Id, keepSession, cancellationToken);
        var data = PasswordCheck.Changed(account.Id, "password_set");
        if (revokeTokens) data["tokens_revoked"] = await _tokens.RevokeAllAsync(transaction, account.Id, cancellationToken);
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", by, data), cancellationToken);
    }
}

/// <summary>A link to choose a password that works now.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Tokens">How many API tokens of that account work now.</param>
public sealed record PasswordLink(Account Account, long Tokens);

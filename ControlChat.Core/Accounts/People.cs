using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>
/// Who may use this hub, and as what: for admins in a signed-in browser, and for the operator on the hub's own machine.
/// Every change goes on the record with it; the last admin cannot be closed or made a member. A change by an admin throws
/// <see cref="StaleSignInException"/> while their sign-in is not recent.
/// </summary>
public sealed class People
{
    private const int MostNameCharacters = 120;
    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;
    private readonly PasswordStore _passwords;
    private readonly BrowserSessionStore _sessions;
    private readonly ApiTokenStore _tokens;
    private readonly IPrincipals _principals;
    private readonly RecentSignIn _recent;
    private readonly IAccountRecord _record;
    private readonly ISignInPolicy _policy;

    internal People(
        HubDatabase database, AccountStore accounts, PasswordStore passwords, BrowserSessionStore sessions, ApiTokenStore tokens, IPrincipals principals, RecentSignIn recent, IAccountRecord record, ISignInPolicy policy) =>
        (_database, _accounts, _passwords, _sessions, _tokens, _principals, _recent, _record, _policy) = (database, accounts, passwords, sessions, tokens, principals, recent, record, policy);

    /// <summary>Everyone, closed accounts too. Nothing for those who are no admin.</summary>
    /// <param name="admin">Who looks; null: the operator.</param>
    public async Task<IReadOnlyList<Account>> ListAsync(Principal? admin, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await ActorAsync(reader, admin, cancellationToken) is null ? [] : await _accounts.ListAsync(reader, cancellationToken);
    }

    /// <summary>Whether the sign-in is recent, for a page that says so before it asks for anything.</summary>
    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    public Task<bool> IsFreshAsync(Principal admin, CancellationToken cancellationToken) => _recent.HoldsAsync(admin, cancellationToken);

    /// <param name="role"><c>member|admin</c>.</param>
    /// <param name="withLink">Whether the answer brings a link to choose a password.</param>
    public Task<PersonChange> CreateAsync(Principal? admin, string email, string name, string role, bool withLink, CancellationToken cancellationToken) => ChangeAsync(admin, async (transaction, by) =>
    {
        if (Emails.Read(email) is not { } plain) return new PersonChange.Refused("This is no e-mail address.");
        if (NameFault(name) is { } fault) return new PersonChange.Refused(fault);
        if (role is not ("member" or "admin")) return new PersonChange.Refused("The role must be 'member' or 'admin'.");
        var account = new Account { Id = Ids.New("acc"), Name = name.Trim(), Email = plain, Role = role, CreatedAt = transaction.Now };
        await RecordAsync(transaction, by, account, "created", new() { ["email"] = plain, ["name"] = account.Name, ["role"] = role }, cancellationToken);
        if (await _accounts.FindByEmailAsync(transaction, plain, cancellationToken) is not null) return new PersonChange.Refused("There is an account with this e-mail address already.");
        await _accounts.AddAsync(transaction, account, cancellationToken);
        return new PersonChange.Done(account, withLink ? await LinkAsync(transaction, by, account, cancellationToken) : null);
    }, cancellationToken);

    /// <summary>A new link to choose a password; earlier ones stop working.</summary>
    /// <param name="revokeTokens">The account's API tokens end now, not only when the link is used: somebody else may have had the password.</param>
    public Task<PersonChange> CreateLinkAsync(Principal? admin, string accountId, bool revokeTokens, CancellationToken cancellationToken) => ChangeAsync(admin, accountId, async (transaction, by, account) =>
    {
        if (account.ClosedAt is not null) return new PersonChange.Refused("This account is closed. Reopen it first.");
        if (account.Email is null) return new PersonChange.Refused("This account has no e-mail address, and signing in needs one. Enter it first.");
        var revoked = revokeTokens ? await _tokens.RevokeAllAsync(transaction, account.Id, cancellationToken) : (int?)null;
        return new PersonChange.Done(account, await LinkAsync(transaction, by, account, cancellationToken, revoked));
    }, cancellationToken);

    public Task<PersonChange> SetEmailAsync(Principal? admin, string accountId, string email, CancellationToken cancellationToken) => ChangeAsync(admin, accountId, async (transaction, by, account) =>
    {
        if (Emails.Read(email) is not { } plain) return new PersonChange.Refused("This is no e-mail address.");
        if (plain == account.Email) return new PersonChange.Done(account, null);
        await RecordAsync(transaction, by, account, "email", new() { ["from"] = account.Email, ["to"] = plain }, cancellationToken);
        if (await _accounts.FindByEmailAsync(transaction, plain, cancellationToken) is not null) return new PersonChange.Refused("There is an account with this e-mail address already.");
        await AccountTies.NoteMailboxAsync(transaction, account.Id, cancellationToken);
        await _accounts.SetEmailAsync(transaction, account.Id, plain, cancellationToken);
        // A link that went to the old address is nobody's any more.
        await _passwords.DropLinksAsync(transaction, account.Id, cancellationToken);
        return new PersonChange.Done(account with { Email = plain }, null);
    }, cancellationToken);

    public Task<PersonChange> ChangeRoleAsync(Principal? admin, string accountId, string role, CancellationToken cancellationToken) => ChangeAsync(admin, accountId, async (transaction, by, account) =>
    {
        if (role is not ("member" or "admin")) return new PersonChange.Refused("The role must be 'member' or 'admin'.");
        if (role == account.Role) return new PersonChange.Done(account, null);
        await RecordAsync(transaction, by, account, "role", new() { ["from"] = account.Role, ["to"] = role }, cancellationToken);
        return await _accounts.ChangeRoleAsync(transaction, account.Id, account.Role, role, !_policy.ByLink, cancellationToken)
            ? new PersonChange.Done(account with { Role = role }, null) : LastAdmin();
    }, cancellationToken);

    /// <summary>The account may do nothing from now on; its browsers are signed out, its tokens are revoked and stay so when it is reopened.</summary>
    public Task<PersonChange> CloseAsync(Principal? admin, string accountId, CancellationToken cancellationToken) => ChangeAsync(admin, accountId, async (transaction, by, account) =>
    {
        if (account.ClosedAt is not null) return new PersonChange.Done(account, null);
        var tokens = await _tokens.RevokeAllAsync(transaction, account.Id, cancellationToken);
        await RecordAsync(transaction, by, account, "closed", new() { ["tokens_revoked"] = tokens }, cancellationToken);
        if (!await _accounts.CloseAsync(transaction, account.Id, !_policy.ByLink, cancellationToken)) return LastAdmin();
        await _sessions.EndAllAsync(transaction, account.Id, null, cancellationToken);
        await _passwords.DropLinksAsync(transaction, account.Id, cancellationToken);
        return new PersonChange.Done(account with { ClosedAt = transaction.Now }, null);
    }, cancellationToken);

    public Task<PersonChange> ReopenAsync(Principal? admin, string accountId, CancellationToken cancellationToken) => ChangeAsync(admin, accountId, async (transaction, by, account) =>
    {
        if (account.ClosedAt is null) return new PersonChange.Done(account, null);
        await RecordAsync(transaction, by, account, "reopened", [], cancellationToken);
        await _accounts.ReopenAsync(transaction, account.Id, cancellationToken);
        return new PersonChange.Done(account with { ClosedAt = null }, null);
    }, cancellationToken);

    private PersonChange.Refused LastAdmin() => new(_policy.ByLink
        ? "This is the last admin. Make somebody else an admin first." : "This is the last admin who can sign in. Make somebody else an admin first, who has a password or an identity of a provider.");

    internal static string? NameFault(string name) =>
        string.IsNullOrWhiteSpace(name) || name.Trim().EnumerateRunes().Count() > MostNameCharacters || name.Any(char.IsControl) ? $"The name must have 1 to {MostNameCharacters} printable characters." : null;

    private Task<PersonChange> ChangeAsync(Principal? admin, string accountId, Func<IHubTransaction, AccountActor, Account, Task<PersonChange>> change, CancellationToken cancellationToken) =>
        ChangeAsync(admin, async (transaction, by) =>
            await _accounts.FindAsync(transaction, accountId, cancellationToken) is { } account ? await change(transaction, by, account) : new PersonChange.Refused("There is no such account."), cancellationToken);

    // What was put on the record for a change that is then refused goes with the transaction.
    private async Task<PersonChange> ChangeAsync(Principal? admin, Func<IHubTransaction, AccountActor, Task<PersonChange>> change, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await ActorAsync(transaction, admin, cancellationToken) is not { } by) return new PersonChange.Refused("Only an admin in a signed-in browser may do this.");
        if (admin is not null) await _recent.RequireAsync(transaction, admin, cancellationToken);
        var result = await change(transaction, by);
        if (result is PersonChange.Done) await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<AccountActor?> ActorAsync(IHubReader reader, Principal? admin, CancellationToken cancellationToken)
    {
        if (admin is null) return AccountActor.Operator;
        return await _principals.ReloadAsync(reader, admin, cancellationToken) is { IsAdmin: true, AuthSessionId: not null } present ? AccountActor.Of(present) : null;
    }

    private async Task<string> LinkAsync(IHubTransaction transaction, AccountActor by, Account account, CancellationToken cancellationToken, int? revoked = null)
    {
        var (token, expiresAt) = (Credential.New(), transaction.Now + OwnPassword.LinkLifetime);
        var data = new JsonObject { ["expires_at"] = Timestamps.Format(expiresAt) };
        if (revoked is not null) data["tokens_revoked"] = revoked;
        await RecordAsync(transaction, by, account, "password_link", data, cancellationToken);
        await _passwords.ForgetLinksAsync(transaction, transaction.Now - OwnPassword.RememberUsed, cancellationToken);
        await _passwords.DropLinksAsync(transaction, account.Id, cancellationToken);
        await _passwords.AddLinkAsync(transaction, Credential.Hash(token), account.Id, expiresAt, cancellationToken);
        return token;
    }

    // Before the change itself: with the row comes the record's lock, and what is looked at after it stays as it is.
    private async Task RecordAsync(IHubTransaction transaction, AccountActor by, Account account, string change, JsonObject more, CancellationToken cancellationToken)
    {
        var data = PasswordCheck.Changed(account.Id, change);
        foreach (var (name, value) in more) data[name] = value?.DeepClone();
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", by, data), cancellationToken);
        // Whoever is let in like that is no second person for the one who did it, for a while.
        if (by.Account is { } giver && change != "closed") await AccountTies.NoteAsync(transaction, account.Id, giver, change, cancellationToken);
    }
}

/// <summary>What came of a change of an account.</summary>
public abstract record PersonChange
{
    private PersonChange()
    {
    }

    /// <param name="Account">As it is now.</param>
    /// <param name="LinkToken">Of a link to choose a password, 24 h, once; null when none was asked for. Shown nowhere else.</param>
    public sealed record Done(Account Account, string? LinkToken) : PersonChange;

    /// <param name="Message">For whoever asked.</param>
    public sealed record Refused(string Message) : PersonChange;
}

using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Sign-in by a one-time link: the hub's own terminal is the proof of who is asking.</summary>
public sealed class LinkSignIn
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RememberUsed = TimeSpan.FromDays(1);
    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;
    private readonly LoginLinkStore _links;
    private readonly SessionOpening _opening;
    private readonly IAccountRecord _record;

    internal LinkSignIn(HubDatabase database, AccountStore accounts, LoginLinkStore links, SessionOpening opening, IAccountRecord record) =>
        (_database, _accounts, _links, _opening, _record) = (database, accounts, links, opening, record);

    /// <param name="accountId">Who may sign in by it.</param>
    /// <param name="by">Who asks for it, for the record.</param>
    /// <returns>The token of a new link: 43 base64url characters, shown nowhere else.</returns>
    public async Task<string> CreateLinkAsync(string accountId, AccountActor by, CancellationToken cancellationToken)
    {
        var token = Credential.New();
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _links.ForgetAsync(transaction, transaction.Now - RememberUsed, cancellationToken);
        var expiresAt = transaction.Now + LinkLifetime;
        await _links.AddAsync(transaction, Credential.Hash(token), accountId, expiresAt, cancellationToken);
        var data = PasswordCheck.Changed(accountId, "login_link");
        data["expires_at"] = Timestamps.Format(expiresAt);
        await _record.AppendAsync(transaction, new AccountEvent("account.changed", by, data), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return token;
    }

    /// <summary>Uses the link up and signs a browser in. Both, and the record of it, commit together.</summary>
    /// <param name="adminsOnly">Links are off here but for the very first admin.</param>
    /// <param name="rowFor">Null: every refusal gets a row.</param>
    public async Task<SignInResult> SignInAsync(string? token, SigningBrowser browser, bool adminsOnly, CancellationToken cancellationToken, RowForRefusal? rowFor = null)
    {
        if (!Credential.IsWellFormed(token)) return new SignInResult.Refused("unknown");
        var hash = Credential.Hash(token!);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var fresh = await _links.ConsumeAsync(transaction, hash, cancellationToken);
        var link = await _links.FindAsync(transaction, hash, cancellationToken);
        var account = link is null ? null : await _accounts.FindAsync(transaction, link.AccountId, cancellationToken);
        SignInResult result = fresh && account is { ClosedAt: null } && (account.Role == "admin" || !adminsOnly)
            ? await _opening.OpenAsync(transaction, account, browser, "link", transaction.Now, cancellationToken)
            : new SignInResult.Refused(link is null ? "unknown" : link.UsedAt is not null && !fresh ? "used" : "expired");
        if (result is SignInResult.Refused { Reason: var reason })
            await transaction.CommitRefusalAsync(rowFor, reason, leftOut => _opening.FailAsync(transaction, link?.AccountId, "link", reason, leftOut, CancellationToken.None));
        else await transaction.CommitAsync(cancellationToken);
        return result;
    }
}

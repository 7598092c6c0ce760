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
    private readonly BrowserSessionStore _sessions;
    private readonly IAccountRecord _record;

    internal LinkSignIn(HubDatabase database, AccountStore accounts, LoginLinkStore links, BrowserSessionStore sessions, IAccountRecord record) =>
        (_database, _accounts, _links, _sessions, _record) = (database, accounts, links, sessions, record);

    /// <returns>The token of a new link: 43 base64url characters, shown nowhere else.</returns>
    public async Task<string> CreateLinkAsync(string accountId, CancellationToken cancellationToken)
    {
        var token = Credential.New();
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _links.ForgetAsync(transaction, transaction.Now - RememberUsed, cancellationToken);
        await _links.AddAsync(transaction, Credential.Hash(token), accountId, transaction.Now + LinkLifetime, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return token;
    }

    /// <summary>Whether anybody has ever signed in here.</summary>
    public async Task<bool> HasServedAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _sessions.AnyAsync(reader, cancellationToken);
    }

    /// <summary>Uses the link up and signs a browser in. Both, and the record of it, commit together.</summary>
    public async Task<SignInResult> SignInAsync(string? token, string? userAgent, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(token)) return new SignInResult.Refused("unknown");
        var hash = Credential.Hash(token!);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var fresh = await _links.ConsumeAsync(transaction, hash, cancellationToken);
        var link = await _links.FindAsync(transaction, hash, cancellationToken);
        var account = link is null ? null : await _accounts.FindAsync(transaction, link.AccountId, cancellationToken);
        SignInResult result = fresh && account is { ClosedAt: null }
            ? await OpenAsync(transaction, account, userAgent, cancellationToken)
            : new SignInResult.Refused(link is null ? "unknown" : link.UsedAt is not null && !fresh ? "used" : "expired");
        if (result is SignInResult.Refused refused)
        {
            var failed = new AccountEvent("signin.failed", new AccountActor(link?.AccountId, null, "ui"), new() { ["reason"] = refused.Reason, ["by"] = "link" });
            await _record.AppendAsync(transaction, failed, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<SignInResult> OpenAsync(IHubTransaction transaction, Account account, string? userAgent, CancellationToken cancellationToken)
    {
        var cookie = Credential.New();
        var session = new BrowserSession
        {
            Id = Ids.New("ses"),
            AccountId = account.Id,
            AuthTime = transaction.Now,
            LastSeenAt = transaction.Now,
            ExpiresAt = transaction.Now + BrowserSessions.Lifetime,
            UserAgent = userAgent is { Length: > 300 } ? userAgent[..300] : userAgent,
        };
        await _sessions.AddAsync(transaction, session, Credential.Hash(cookie), cancellationToken);
        await _record.AppendAsync(transaction, new AccountEvent("signin.ok", new AccountActor(account.Id, session.Id, "ui"), new() { ["by"] = "link" }), cancellationToken);
        return new SignInResult.SignedIn(cookie, session);
    }
}

/// <summary>What came of a sign-in.</summary>
public abstract record SignInResult
{
    private SignInResult()
    {
    }

    /// <param name="Cookie">The secret for the browser; shown nowhere else.</param>
    public sealed record SignedIn(string Cookie, BrowserSession Session) : SignInResult;

    /// <param name="Reason"><c>used|expired|unknown</c>.</param>
    public sealed record Refused(string Reason) : SignInResult;
}

using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Signed-in browsers: found by their cookie, ended by their person.</summary>
public sealed class BrowserSessions
{
    /// <summary>A session without a request for this long has ended.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromHours(12);

    /// <summary>A session's longest life.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>A session by a trusted proxy rests when the proxy has not named its person for this long, and goes on with the next request that it does.</summary>
    public static readonly TimeSpan VouchedTime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);
    private readonly HubDatabase _database;
    private readonly BrowserSessionStore _sessions;
    private readonly IPrincipals _principals;
    private readonly IAccountRecord _record;

    internal BrowserSessions(HubDatabase database, BrowserSessionStore sessions, IPrincipals principals, IAccountRecord record) =>
        (_database, _sessions, _principals, _record) = (database, sessions, principals, record);

    /// <summary>Whose browser it is, or null when the cookie is no live session's.</summary>
    /// <param name="cookie">As the browser sent it.</param>
    public async Task<Principal?> AuthenticateAsync(string cookie, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(cookie)) return null;
        if (await _sessions.FindSignedInAsync(_database, Credential.Hash(cookie), cancellationToken) is not { } found) return null;
        if (found.Now - found.LastSeenAt >= SeenEvery) await TouchAsync(found.SessionId!, cancellationToken);
        return found.Principal;
    }

    /// <summary>Notes that the person is still there; a database that cannot write now is no reason to send them away.</summary>
    public async Task TouchAsync(string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await _database.TryBeginAsync(cancellationToken);
            if (transaction is null) return;
            await _sessions.TouchAsync(transaction, sessionId, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (HubUnavailableException)
        {
            // The next request tries again.
        }
    }

    public async Task<IReadOnlyList<BrowserSession>> ListAsync(string accountId, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _sessions.ListAsync(reader, accountId, cancellationToken);
    }

    /// <summary>Ends a session of the same account: one's own is a sign-out, another is revoked.</summary>
    /// <returns>False when there is no such live session of this account.</returns>
    /// <exception cref="UnauthorizedAccessException">It is another's, and the one asking is signed in no more.</exception>
    public async Task<bool> EndAsync(Principal principal, string sessionId, CancellationToken cancellationToken)
    {
        var reason = sessionId == principal.AuthSessionId ? "signed_out" : "revoked";
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (reason == "revoked") await _principals.RequireBrowserAsync(transaction, principal, cancellationToken);
        if (!await _sessions.EndAsync(transaction, sessionId, principal.AccountId, reason, cancellationToken)) return false;
        await _record.AppendAsync(transaction, new AccountEvent("signin.out", AccountActor.Of(principal), new() { ["session"] = sessionId, ["reason"] = reason }), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Ends all sessions of the same account, this one too.</summary>
    /// <returns>How many ended.</returns>
    /// <exception cref="UnauthorizedAccessException">The browser is signed in no more.</exception>
    public async Task<int> EndAllAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _principals.RequireBrowserAsync(transaction, principal, cancellationToken);
        var others = await _sessions.EndAllAsync(transaction, principal.AccountId, principal.AuthSessionId, cancellationToken);
        var own = await _sessions.EndAsync(transaction, principal.AuthSessionId!, principal.AccountId, "signed_out", cancellationToken) ? 1 : 0;
        await _record.AppendAsync(transaction, new AccountEvent("signin.out", AccountActor.Of(principal), new() { ["reason"] = "everywhere", ["sessions"] = others + own }), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return others + own;
    }
}

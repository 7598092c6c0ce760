using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class Principals(AccountStore accounts, BrowserSessionStore sessions, ApiTokenStore tokens) : IPrincipals
{
    public async Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken)
    {
        var now = await FindAsync(reader, principal.AccountId, principal.TokenId, principal.AuthSessionId, cancellationToken);
        // A browser's own call needs a session that still lives, not only an account.
        return now?.AuthSessionId == principal.AuthSessionId ? now : null;
    }

    public async Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(reader, accountId, cancellationToken) is not { ClosedAt: null } account) return null;
        if (tokenId is not null)
            return await tokens.FindLiveByIdAsync(reader, tokenId, cancellationToken) is { } token && token.AccountId == accountId ? Of(account, token) : null;
        if (authSessionId is null) return Of(account);
        if (await sessions.FindLiveByIdAsync(reader, authSessionId, cancellationToken) is { } session)
            return session.AccountId == accountId ? Of(account, session) : null;
        return await sessions.IsRevokedAsync(reader, authSessionId, cancellationToken) ? null : Of(account);
    }

    public static Principal Of(Account account, BrowserSession session) =>
        new(account.Id, account.Name, account.Role, session.Id, null, null, TokenScopes.All, session.AuthTime);

    public static Principal Of(Account account, ApiToken token) =>
        new(account.Id, account.Name, account.Role, null, token.Id, token.Name, token.Scopes, token.CreatedAt);

    // The person of a queued run whose browser session is over: the account's rights, and no fresh sign-in to lean on.
    private static Principal Of(Account account) =>
        new(account.Id, account.Name, account.Role, null, null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);
}

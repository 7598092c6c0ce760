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
        if (tokenId is null && authSessionId is not null)
        {
            if (await sessions.FindSignedInAsync(reader, accountId, authSessionId, cancellationToken) is not { } found) return null;
            if (found.SessionId is not null) return found.SessionAccountId == accountId ? found.Principal : null;
            return await sessions.IsRevokedAsync(reader, authSessionId, cancellationToken) ? null : found.Principal;
        }
        if (await accounts.FindAsync(reader, accountId, cancellationToken) is not { ClosedAt: null } account) return null;
        if (tokenId is not null)
            return await tokens.FindLiveByIdAsync(reader, tokenId, cancellationToken) is { } token && token.AccountId == accountId ? Of(account, token) : null;
        return new Principal(account.Id, account.Name, account.Role, null, null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);
    }

    public static Principal Of(Account account, ApiToken token) =>
        new(account.Id, account.Name, account.Role, null, token.Id, token.Name, token.Scopes, token.CreatedAt);
}

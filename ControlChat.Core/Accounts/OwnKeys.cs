namespace ControlChat.Core.Accounts;

/// <summary>
/// What a person does with their own keys in Settings: API tokens and signed-in browsers. For signed-in browsers only:
/// a token can neither make tokens nor end sessions.
/// </summary>
public sealed class OwnKeys(ApiTokens tokens, BrowserSessions sessions)
{
    /// <summary>Newest first, ended ones included.</summary>
    public Task<IReadOnlyList<ApiToken>> ListTokensAsync(Principal principal, CancellationToken cancellationToken) =>
        tokens.ListAsync(principal.AccountId, cancellationToken);

    /// <returns>The token's row and its secret: to be shown once, then forgotten.</returns>
    /// <exception cref="ArgumentException">The request has a fault, which says what.</exception>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    /// <exception cref="StaleSignInException">The sign-in is not recent.</exception>
    public Task<(ApiToken Token, string Secret)> CreateTokenAsync(Principal principal, ApiTokenRequest request, CancellationToken cancellationToken)
    {
        RequireBrowser(principal);
        return tokens.CreateAsync(principal.AccountId, request, AccountActor.Of(principal), cancellationToken, principal);
    }

    /// <returns>False when it is not this person's, or was revoked before.</returns>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    public Task<bool> RevokeTokenAsync(Principal principal, string tokenId, CancellationToken cancellationToken)
    {
        RequireBrowser(principal);
        return tokens.RevokeAsync(tokenId, principal.AccountId, AccountActor.Of(principal), cancellationToken, principal);
    }

    /// <summary>Newest first; the one asking has the id <see cref="Principal.AuthSessionId"/>.</summary>
    public Task<IReadOnlyList<BrowserSession>> ListBrowsersAsync(Principal principal, CancellationToken cancellationToken) =>
        sessions.ListAsync(principal.AccountId, cancellationToken);

    /// <summary>Signs a browser out: one's own, or another, whose queued work then loses its rights too.</summary>
    /// <returns>False when it is not this person's, or had ended before.</returns>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    public Task<bool> EndBrowserAsync(Principal principal, string sessionId, CancellationToken cancellationToken)
    {
        RequireBrowser(principal);
        return sessions.EndAsync(principal, sessionId, cancellationToken);
    }

    /// <summary>Signs every browser of this person out, the one asking too.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    public Task<int> EndAllBrowsersAsync(Principal principal, CancellationToken cancellationToken)
    {
        RequireBrowser(principal);
        return sessions.EndAllAsync(principal, cancellationToken);
    }

    private static void RequireBrowser(Principal principal)
    {
        if (principal.AuthSessionId is null) throw new UnauthorizedAccessException("Keys are managed from a signed-in browser only.");
    }
}

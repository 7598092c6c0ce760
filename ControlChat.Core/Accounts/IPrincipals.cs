using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Rights as they are now, read inside the caller's own view of the database.</summary>
public interface IPrincipals
{
    /// <summary>
    /// The same principal with its present role and scopes, or null when the account is closed,
    /// the browser session ended or the token expired or was revoked.
    /// </summary>
    Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken);

    /// <summary>The principal of stored ids, as a queued run finds its author again; null when its rights are gone.</summary>
    Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken);
}

internal static class SignedInBrowser
{
    /// <summary>The person whose browser asks, in the transaction that does what it asks for: an open page may have lost its session a moment ago.</summary>
    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    public static async Task<Principal> RequireBrowserAsync(this IPrincipals principals, IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
        await principals.FindBrowserAsync(reader, principal, cancellationToken) ?? throw new UnauthorizedAccessException("The session has ended. Sign in again.");

    /// <summary>The same where an ended session is an outcome; null: it has ended.</summary>
    /// <exception cref="UnauthorizedAccessException">A token.</exception>
    public static Task<Principal?> FindBrowserAsync(this IPrincipals principals, IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
        principal.AuthSessionId is null ? throw new UnauthorizedAccessException("Keys and sign-in are managed from a signed-in browser only.") : principals.ReloadAsync(reader, principal, cancellationToken);
}

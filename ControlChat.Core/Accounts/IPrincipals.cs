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

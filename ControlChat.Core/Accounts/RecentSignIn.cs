using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>
/// Whether a signed-in browser's person proved a moment ago who they are (<c>Policy:RecentSignIn</c>). What makes a key or changes who may do
/// what asks for it on a page: a page that was left open, or a copied cookie, is not enough. Whom a trusted proxy names never proves it to the
/// hub; there the proxy's own word, minutes old at most, stands for it.
/// </summary>
public sealed class RecentSignIn
{
    private readonly HubDatabase _database;
    private readonly BrowserSessionStore _sessions;
    private readonly IPrincipals _principals;
    private readonly ISignInPolicy _policy;

    internal RecentSignIn(HubDatabase database, BrowserSessionStore sessions, IPrincipals principals, ISignInPolicy policy) =>
        (_database, _sessions, _principals, _policy) = (database, sessions, principals, policy);

    /// <summary>For a page that says so before it asks for anything.</summary>
    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    public async Task<bool> HoldsAsync(Principal person, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await HoldsAsync(reader, await _principals.RequireBrowserAsync(reader, person, cancellationToken), cancellationToken);
    }

    /// <summary>In the transaction that does what is asked for.</summary>
    /// <returns>The person as they are now.</returns>
    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    /// <exception cref="StaleSignInException">It is too long ago.</exception>
    internal async Task<Principal> RequireAsync(IHubReader reader, Principal person, CancellationToken cancellationToken)
    {
        var present = await _principals.RequireBrowserAsync(reader, person, cancellationToken);
        return await HoldsAsync(reader, present, cancellationToken) ? present : throw new StaleSignInException();
    }

    internal bool Holds(IHubReader reader, BrowserSession session) => session.VouchedAt is not null || reader.Now - session.AuthTime <= _policy.RecentSignIn;

    private async Task<bool> HoldsAsync(IHubReader reader, Principal present, CancellationToken cancellationToken) =>
        await _sessions.FindLiveByIdAsync(reader, present.AuthSessionId!, cancellationToken) is { } session && Holds(reader, session);
}

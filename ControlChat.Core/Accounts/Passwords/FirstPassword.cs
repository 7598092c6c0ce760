using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Passwords;

/// <summary>
/// Who may give themselves a first password on their own page, where there is no old one to ask for. It is a key for good: whoever found the page
/// open must not make one, and people of a provider must not have one that goes on when the provider lets them in no more.
/// </summary>
internal sealed class FirstPassword(IdentityStore identities, RecentSignIn recent)
{
    /// <returns>What is in the way, for the person; null: nothing.</returns>
    public async Task<string?> FaultAsync(IHubReader reader, BrowserSession session, CancellationToken cancellationToken)
    {
        if ((await identities.ListAsync(reader, session.AccountId, cancellationToken)).Count > 0) return OwnPassword.ByProvider;
        return recent.Holds(reader, session) ? null : OwnPassword.NotFresh;
    }
}

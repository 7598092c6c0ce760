using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>Whether one-time links sign people in: as <c>SignIn:Link</c> says; without it, on SQLite always, and on PostgreSQL until the first person has signed in.</summary>
internal sealed class LinkRule(IHubSettings settings, LinkSignIn links)
{
    public async Task<bool> AppliesAsync(CancellationToken cancellationToken) =>
        settings.Current.SignsInByLink() || (settings.Current.SignIn.Link is null && !await links.HasServedAsync(cancellationToken));
}

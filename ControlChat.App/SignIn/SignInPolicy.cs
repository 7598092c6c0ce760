using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

internal sealed class SignInPolicy(IHubSettings settings) : ISignInPolicy
{
    public bool ByLink => settings.Current.SignsInByLink();

    public bool ByPassword => settings.Current.SignsInByPassword();

    public IReadOnlyList<string> Issuers =>
        settings.Current.SignIn is { Proxy.Enabled: false, Providers: var providers } ? [.. providers.Select(p => p.Authority!.TrimEnd('/'))] : [ProxyDoor.Issuer];

    public TimeSpan RecentSignIn => settings.Current.Policy.RecentSignIn;
}

using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

internal sealed class SignInPolicy(IHubSettings settings) : ISignInPolicy
{
    public bool ByLink => settings.Current.SignsInByLink();

    public TimeSpan RecentSignIn => settings.Current.Policy.RecentSignIn;
}

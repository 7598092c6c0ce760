using ControlChat.Core.Accounts;

namespace ControlChat.Tests.Support;

/// <summary>The ways in of a hub on one's own machine, as its defaults have them.</summary>
internal sealed class LinkPolicy : ISignInPolicy
{
    public bool ByLink => true;

    public bool ByPassword => false;

    public IReadOnlyList<string> Issuers => [];

    public TimeSpan RecentSignIn => TimeSpan.FromMinutes(10);
}

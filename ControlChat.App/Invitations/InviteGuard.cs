using ControlChat.App.Api;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;

namespace ControlChat.App.Invitations;

/// <summary>Counts links that opened nothing by the network they came from, as refused sign-ins are counted.</summary>
internal sealed class InviteGuard(Refusals refusals, KnownProxies proxies)
{
    /// <returns>After how many seconds this network is looked at again; null: now.</returns>
    public int? Wait(HttpContext context, int most) => refusals.Wait(Whose(context), most);

    // Whoever is signed in may have been sent here by another site: they count by themselves.
    public RefusalRow? RowFor(HttpContext context, string reason) => refusals.RowFor(reason, proxies.NetworkOf(context), Whose(context));

    private string Whose(HttpContext context) => $"invitation {context.GetPrincipal()?.AccountId ?? proxies.NetworkOf(context)}";
}

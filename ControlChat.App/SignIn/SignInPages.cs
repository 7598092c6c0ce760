using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.SignIn;

/// <summary>What the sign-in page shows to whom, and which ways in are open.</summary>
internal sealed class SignInPages(IHubSettings settings, AccountDirectory accounts, OpenIdClients clients, SigningCookie signing, SignInCookie cookie, ProxyDoor proxy)
{
    /// <summary>Links are on, or nobody else could let the first admin in.</summary>
    public async Task<bool> TakesLinksAsync(CancellationToken cancellationToken) =>
        settings.Current.SignsInByLink() || (!proxy.IsOn && await accounts.AwaitsFirstAdminAsync(cancellationToken));

    /// <param name="again">Whoever is signed in is to prove it once more.</param>
    public async Task<SignInView> ViewAsync(HttpContext context, string returnPath, bool again)
    {
        var principal = again ? context.GetPrincipal() : null;
        var account = principal is null ? null : await accounts.FindAsync(principal.AccountId, context.RequestAborted);
        return new SignInView(
            [.. clients.All.Select(c => (c.Name, Href(c, returnPath, again)))], settings.Current.SignsInByPassword(), await TakesLinksAsync(context.RequestAborted), signing.FormToken(context), returnPath)
        {
            ByProxy = proxy.IsOn,
            Again = account?.Name,
            Email = account?.Email ?? "",
        };
    }

    public string NameOf(string? slug) => clients.Find(slug ?? "")?.Name ?? Texts.TheProvider;

    /// <summary>The browser that signs in, for every way in.</summary>
    public SigningBrowser BrowserOf(HttpContext context) =>
        cookie.Of(context, new SigningBrowser(context.Request.Headers.UserAgent, context.GetPrincipal() is { IsToken: false } person ? person : null));

    /// <summary>Leaves in it what a sign-in leaves.</summary>
    public void Keep(HttpContext context, SignInResult.SignedIn done) => cookie.Write(context.Response, done);

    public static IResult Show(SignInView view, int status) => new RazorComponentResult<SignInPage>(new { View = view }) { StatusCode = status };

    private static string Href(OpenIdClient client, string returnPath, bool again) => ProviderEndpoints.StartHref(client.Slug, returnPath, again);
}

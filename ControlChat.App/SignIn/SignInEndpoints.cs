using ControlChat.App.Api;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.SignIn;

/// <summary>The sign-in page, the one-time link, and the way out. Passwords and providers have files of their own.</summary>
internal static class SignInEndpoints
{
    private static readonly string[] PrefetchHeaders = ["Sec-Purpose", "Purpose", "X-Moz"];

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/login", ["GET", "HEAD"], LoginAsync).AllowAnonymous().WithTags("Sign-in").WithSummary("Open a one-time sign-in link")
            .Produces(303).Produces(204).Produces(410);
        routes.MapGet("/signin", ShowAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/logout", LogoutAsync).RequireBrowser().WithTags("Sign-in").WithSummary("Sign this browser out").Produces(204);
        routes.MapPasswords();
        routes.MapProviders();
    }

    private static async Task<IResult> ShowAsync(HttpContext context, SignInPages pages, string? returnUrl, string? again, string? forgotten, string? failed, string? with)
    {
        var principal = context.GetPrincipal();
        if (principal is not null && again is null && failed is null) return Results.Redirect(ReturnPath.Of(returnUrl));
        // Whose provider did not ask them again tries another way, and still has to prove it once more.
        var view = await pages.ViewAsync(context, ReturnPath.Of(returnUrl), again is not null || failed == "not_fresh");
        return SignInPages.Show(view with { Forgotten = forgotten is not null, Fault = failed is null ? null : SignInWords.Of(failed, pages.NameOf(with)) }, failed == "no_rule" ? 403 : 200);
    }

    // Mail scanners, link previews and prefetching browsers look at links before their person does: they must not use one up.
    private static async Task<IResult> LoginAsync(
        HttpContext context, string? t, LinkSignIn signIn, SignInPages pages, KnownProxies proxies, Refusals refusals, IHubSettings settings, CancellationToken cancellationToken)
    {
        if (HttpMethods.IsHead(context.Request.Method) || IsPrefetch(context.Request)) return Results.NoContent();
        if (!await pages.TakesLinksAsync(cancellationToken)) return Refused(Texts.LinksOff);
        // A link that was one is in the hands of whoever found it, for as long as it is remembered.
        RefusalRow? RowFor(string reason) => refusals.RowFor(reason, proxies.NetworkOf(context));
        switch (await signIn.SignInAsync(t, pages.BrowserOf(context), adminsOnly: !settings.Current.SignsInByLink(), cancellationToken, RowFor))
        {
            case SignInResult.SignedIn done:
                pages.Keep(context, done);
                context.Response.Headers.Location = "/";
                return Results.StatusCode(303);
            case SignInResult.Refused { Reason: "used" }:
                return Refused(Texts.LinkUsed);
            case SignInResult.Refused { Reason: "expired" }:
                return Refused(Texts.LinkOld);
            default:
                return Refused(Texts.LinkUnknown);
        }
    }

    private static async Task<IResult> LogoutAsync(HttpContext context, BrowserSessions sessions, SignInCookie cookie, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        await sessions.EndAsync(principal, principal.AuthSessionId!, cancellationToken);
        cookie.Remove(context.Response);
        return Results.NoContent();
    }

    /// <summary>A browser or a scanner that looks before its person does.</summary>
    internal static bool IsPrefetch(HttpRequest request) => PrefetchHeaders
        .Any(name => request.Headers[name].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase));

    private static RazorComponentResult<NoticePage> Refused(string fact) =>
        new RazorComponentResult<NoticePage>(new { Title = CommonTexts.SignInAgain, Fact = fact, Advice = Texts.LoginLinkAdvice }) { StatusCode = 410 };
}

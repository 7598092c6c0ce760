using System.Globalization;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.SignIn;

/// <summary>Sign-in with a hub account, and the page behind a link to choose a password.</summary>
internal static class PasswordEndpoints
{
    public static void MapPasswords(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/signin", SignInAsync).AllowAnonymous().With(FormTokenInside.Mark).ExcludeFromDescription();
        routes.MapGet("/set-password", Show).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/set-password", SetAsync).AllowAnonymous().With(FormTokenInside.Mark).ExcludeFromDescription();
    }

    private static async Task<IResult> SignInAsync(
        HttpContext context, PasswordSignIn signIn, SignInPages pages, SigningCookie signing, KnownProxies proxies, Refusals refusals, IHubSettings settings,
        CancellationToken cancellationToken)
    {
        if (!settings.Current.SignsInByPassword()) throw ApiException.NotFound("Passwords are off on this hub.");
        var form = await FormAsync(context, cancellationToken);
        var path = ReturnPath.Of(form["returnUrl"]);
        if (!signing.Fits(context, form)) return await AgainAsync(context, pages, path, form["email"], SignInWords.Of("form", ""), 403);
        var network = proxies.NetworkOf(context);
        switch (await signIn.SignInAsync(form["email"].ToString(), form["password"].ToString(), network, pages.BrowserOf(context), reason => refusals.RowFor(reason, network), cancellationToken))
        {
            case SignInResult.SignedIn done:
                pages.Keep(context, done);
                return To(context, path);
            case SignInResult.Paused paused:
                RetryAfter(context, paused.Wait);
                return await AgainAsync(context, pages, path, form["email"], SignInWords.Wait(paused.Wait), 429);
            case SignInResult.Busy busy:
                RetryAfter(context, busy.Wait);
                return await AgainAsync(context, pages, path, form["email"], SignInWords.Busy, 429);
            default:
                return await AgainAsync(context, pages, path, form["email"], SignInWords.Wrong, 401);
        }
    }

    // The link's key stands behind '#', so it is in no request line and in nobody's log; the page's script posts it.
    private static IResult Show(HttpContext context, SigningCookie signing, IHubSettings settings) =>
        settings.Current.SignsInByPassword() ? new RazorComponentResult<OpenLinkPage>(new { FormToken = signing.FormToken(context) }) : Gone();

    private static async Task<IResult> SetAsync(
        HttpContext context, OwnPassword passwords, SignInPages pages, SigningCookie signing, KnownProxies proxies, Refusals refusals, IHubSettings settings,
        CancellationToken cancellationToken)
    {
        RefusalRow? RowFor(string reason) => refusals.RowFor(reason, proxies.NetworkOf(context));
        var form = await FormAsync(context, cancellationToken);
        var token = form["t"].ToString();
        if (!settings.Current.SignsInByPassword()) return Gone();
        if (await passwords.FindLinkAsync(token, cancellationToken) is not { } link)
        {
            await passwords.RefuseLinkAsync(token, cancellationToken, RowFor);
            return Gone();
        }
        if (!signing.Fits(context, form)) return Form(context, link, token, signing, SignInWords.Of("form", ""), 403);
        // Looking does not use the link up: mail scanners and previews look, too.
        if (!form.ContainsKey("password")) return Form(context, link, token, signing, null, 200);
        var (password, revoke) = (form["password"].ToString(), form.ContainsKey(SetPasswordPage.Revoke));
        if (password != form["repeat"].ToString()) return Form(context, link, token, signing, Texts.PasswordsDiffer, 422, revoke);
        switch (await passwords.SetByLinkAsync(token, password, revoke, pages.BrowserOf(context), cancellationToken, RowFor))
        {
            case SignInResult.SignedIn done:
                pages.Keep(context, done);
                return To(context, ReturnPath.Home);
            case SignInResult.Invalid invalid:
                return Form(context, link, token, signing, invalid.Fault, 422, revoke);
            case SignInResult.Busy busy:
                RetryAfter(context, busy.Wait);
                return Form(context, link, token, signing, SignInWords.Busy, 429, revoke);
            default:
                return Gone();
        }
    }

    private static void RetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static async Task<IResult> AgainAsync(HttpContext context, SignInPages pages, string path, string? email, string fault, int status)
    {
        var view = await pages.ViewAsync(context, path, again: context.GetPrincipal() is not null);
        return SignInPages.Show(view with { Fault = fault, Email = email is { Length: <= 254 } ? email : "" }, status);
    }

    internal static async Task<IFormCollection> FormAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType) throw new ApiException(415, "unsupported_media_type", "Send the form of the page.");
        try
        {
            return await context.Request.ReadFormAsync(cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw ApiException.Invalid("The form cannot be read.");
        }
    }

    private static RazorComponentResult<SetPasswordPage> Form(HttpContext context, PasswordLink link, string token, SigningCookie signing, string? fault, int status, bool revoke = true) =>
        new RazorComponentResult<SetPasswordPage>(new
        {
            Email = link.Account.Email ?? link.Account.Name,
            link.Tokens,
            Revokes = revoke,
            FormToken = signing.FormToken(context),
            Link = token,
            Fault = fault,
        })
        { StatusCode = status };

    private static IResult To(HttpContext context, string path)
    {
        context.Response.Headers.Location = path;
        return Results.StatusCode(303);
    }

    private static RazorComponentResult<NoticePage> Gone() =>
        new RazorComponentResult<NoticePage>(new { Title = Texts.LinkGone, Fact = Texts.LinkGoneText, Advice = Texts.LinkGoneAdvice }) { StatusCode = 410 };
}

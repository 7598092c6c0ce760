using ControlChat.App.Api;
using ControlChat.App.Invitations;
using ControlChat.App.Settings;
using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;

namespace ControlChat.App.SignIn;

/// <summary>To a provider and back. Whatever goes wrong on the way ends on the sign-in page, in words.</summary>
internal static partial class ProviderEndpoints
{
    public static void MapProviders(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/signin/{provider}", StartAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/signin/{provider}/callback", FinishAsync).AllowAnonymous().ExcludeFromDescription();
    }

    public static string StartHref(string slug, string returnPath, bool again) =>
        $"/signin/{slug}" + (again ? "?again=1" : "") + (returnPath == ReturnPath.Home ? "" : $"{(again ? '&' : '?')}returnUrl={Uri.EscapeDataString(returnPath)}");

    private static async Task<IResult> StartAsync(
        string provider, string? returnUrl, string? again, HttpContext context, OpenIdClients clients, OpenIdSignIn signIn, SignInPages pages, SigningCookie signing, OwnAddresses own, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        if (clients.Find(provider) is null) throw ApiException.NotFound("There is no such provider.");
        var path = ReturnPath.Of(returnUrl);
        // The provider sends the browser back to the public address, and cookies stay with the host they were made for.
        if (!own.PublicUrl.EndsWith("//" + context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)) return Results.Redirect(own.PublicUrl + StartHref(provider, path, again is not null));
        try
        {
            return Results.Redirect((await signIn.BeginAsync(Trip(pages.BrowserOf(context), provider, signing.Ensure(context), own), path, again is not null, cancellationToken)).AbsoluteUri);
        }
        catch (OpenIdException e)
        {
            LogFailed(loggers.CreateLogger(typeof(ProviderEndpoints)), provider, e.Reason, e);
            return Failed(provider, e.Reason, path);
        }
    }

    private static async Task<IResult> FinishAsync(
        string provider, HttpContext context, OpenIdClients clients, OpenIdSignIn signIn, SignInPages pages, SigningCookie signing, OwnAddresses own, KnownProxies proxies, Refusals refusals, InviteCookie invite, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        if (clients.Find(provider) is null) throw ApiException.NotFound("There is no such provider.");
        var query = context.Request.Query;
        var answer = new OpenIdAnswer(One(query["state"]), One(query["code"]), One(query["error"]), One(query["iss"]));
        // Whoever is signed in may have been sent here by another site: they count by themselves.
        var trip = Trip(pages.BrowserOf(context), provider, signing.Read(context) ?? Credential.New(), own);
        trip = trip with
        {
            // Whoever goes back to another page has not seen what they would accept.
            InvitationFor = path => path == ReturnPath.Invitation ? invite.Read(context.Request) : null,
            RowFor = reason => refusals.RowFor(reason, proxies.NetworkOf(context), trip.Present is { } person ? $"{reason} {person.AccountId}" : null),
        };
        try
        {
            var (result, path) = await signIn.FinishAsync(trip, answer, cancellationToken);
            switch (result)
            {
                case SignInResult.SignedIn done:
                    pages.Keep(context, done);
                    return Results.Redirect(path);
                case SignInResult.Linked:
                    return Results.Redirect(SettingsSection.Href(SettingsSection.SignIn));
                case SignInResult.Refused refused:
                    return Failed(provider, refused.Reason, path);
                default:
                    throw new InvalidOperationException();
            }
        }
        catch (OpenIdException e)
        {
            LogFailed(loggers.CreateLogger(typeof(ProviderEndpoints)), provider, e.Reason, e);
            return Failed(provider, e.Reason, ReturnPath.Home);
        }
    }

    private static OpenIdTrip Trip(SigningBrowser browser, string provider, string secret, OwnAddresses own) => new(provider, secret, $"{own.PublicUrl}/signin/{provider}/callback", browser);

    private static IResult Failed(string provider, string reason, string path) =>
        Results.Redirect($"/signin?failed={reason}&with={Uri.EscapeDataString(provider)}" + (path == ReturnPath.Home ? "" : $"&returnUrl={Uri.EscapeDataString(path)}"));

    private static string? One(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 1 ? values[0] : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in by {Provider} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string provider, string reason, Exception fault);
}

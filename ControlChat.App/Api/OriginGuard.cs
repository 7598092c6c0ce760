using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using Microsoft.AspNetCore.Antiforgery;

namespace ControlChat.App.Api;

/// <summary>
/// Another port of 127.0.0.1 is the same site for a browser and shares the cookie: what changes things must come from the hub's own pages.
/// Unsafe requests with a cookie, the circuit's connection and every WebSocket need the hub's own Origin when one is sent;
/// unsafe requests with a cookie also need the session's token in X-CSRF-Token.
/// </summary>
internal sealed class OriginGuard(RequestDelegate next, OwnAddresses own, SignInCookie cookie)
{
    public const string Header = "X-CSRF-Token";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var circuit = request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase);
        var byCookie = context.GetPrincipal() is { IsToken: false } && !IsByEmbedKey(context);
        var form = context.GetEndpoint()?.Metadata.GetMetadata<FormTokenInside>() is not null;
        var changes = request.IsUnsafe();
        if (!circuit && !context.WebSockets.IsWebSocketRequest && !(changes && (byCookie || form || IsByEmbedKey(context)))) return next(context);
        RequireOwn(request);
        if (byCookie && changes && !circuit && !form && !HasFormToken(context) && !HasHeader(request)) throw Refused("The X-CSRF-Token header is missing or belongs to another session. GET /api/v1/me shows it.");
        return next(context);
    }

    private void RequireOwn(HttpRequest request)
    {
        if (request.Headers.Origin is { Count: > 0 } origin && !own.IsOwnOrigin(origin.ToString(), request.Host.Value)) throw Refused("The request comes from another site.");
    }

    /// <summary>The token of the session behind this cookie.</summary>
    public static string TokenOf(string cookieValue) => Credential.Derive(cookieValue, "csrf");

    // No cookie: nothing sends it by itself. Its page is the hub's own all the same.
    private static bool IsByEmbedKey(HttpContext context) => context.GetEmbedPass() is not null;

    private bool HasHeader(HttpRequest request) => cookie.Read(request) is { } value && Credential.Matches(TokenOf(value), request.Headers[Header]);

    // Forms of pages carry the framework's own antiforgery token, which its middleware checks.
    private static bool HasFormToken(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAntiforgeryMetadata>() is { RequiresValidation: true };

    private static ApiException Refused(string message) => new(403, "csrf", message);
}

using System.Security.Claims;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Api;

/// <summary>Finds out who asks, from the API token or the cookie. A token that is sent and wrong is never helped out by a cookie.</summary>
internal sealed class Authentication(RequestDelegate next, BrowserSessions sessions, ApiTokens tokens, SignInCookie cookie, ProxyDoor proxy, SessionTickets tickets)
{
    private const string Bearer = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        // A client cannot bring a user of its own along.
        context.User = new ClaimsPrincipal(new ClaimsIdentity());
        if (NeedsPrincipal(context) && await FindAsync(context) is { } principal) context.User = new ClaimsPrincipal(new PrincipalIdentity(principal, BrowserZone.Of(context.Request)));
        await next(context);
    }

    // Styles and scripts are the same for everybody and come in dozens: they cost no look into the database. Agents are nobody here.
    private static bool NeedsPrincipal(HttpContext context) =>
        context.GetEndpoint()?.Metadata is not { } metadata
        || (metadata.GetMetadata<PublicAsset>() is null && metadata.GetMetadata<AgentRoute>() is null && metadata.GetMetadata<TokenRoute>() is null);

    private async Task<Principal?> FindAsync(HttpContext context)
    {
        // Behind a proxy the cookie alone opens nothing, and headers that are not the proxy's end the request, whatever else it brings.
        var vouched = proxy.IsOn ? await proxy.FindAsync(context) : null;
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer + SessionTickets.EmbedPrefix, StringComparison.OrdinalIgnoreCase)) return (await EmbedKey.EnterAsync(context, tickets, header[Bearer.Length..].Trim()))?.Sight.Principal;
        if (header.StartsWith(Bearer + ApiTokens.Prefix, StringComparison.OrdinalIgnoreCase) || (!proxy.IsOn && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)))
            return await tokens.AuthenticateAsync(header[Bearer.Length..].Trim(), context.RequestAborted);
        if (proxy.IsOn) return vouched;
        return cookie.Read(context.Request) is { } value ? await sessions.AuthenticateAsync(value, context.RequestAborted) : null;
    }
}

/// <summary>Marks endpoints that are files without secrets.</summary>
internal sealed class PublicAsset
{
    public static PublicAsset Mark { get; } = new();
}

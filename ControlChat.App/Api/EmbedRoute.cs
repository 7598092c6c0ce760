using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Api;

/// <summary>A route that an embedded page's key opens too, for the one session it is for: the route's <c>id</c>.</summary>
internal sealed class EmbedRoute
{
    public static EmbedRoute Mark { get; } = new();
}

internal static class EmbedKey
{
    /// <summary>What the request's key opened; null when it came with a cookie or an API token, or with nothing.</summary>
    public static SessionPass? GetEmbedPass(this HttpContext context) => context.Items[typeof(SessionPass)] as SessionPass;

    /// <exception cref="ApiException">403: the key is good, and this is not what it opens.</exception>
    public static async Task<SessionPass?> EnterAsync(HttpContext context, SessionTickets tickets, string key)
    {
        if (await tickets.AuthenticateAsync(key, context.RequestAborted) is not { } pass) return null;
        var isOwn = context.GetEndpoint()?.Metadata.GetMetadata<EmbedRoute>() is not null && context.Request.RouteValues["id"] as string == pass.Sight.View.Id;
        if (!isOwn) throw ApiException.Denied("The key of an embedded page opens its one session and nothing else.");
        context.Items[typeof(SessionPass)] = pass;
        return pass;
    }
}

using ControlChat.App.Api;
using ControlChat.App.Start;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Tickets;
using ControlChat.Core.Settings;

namespace ControlChat.App.Sessions.Streams;

/// <summary>Signs an embedded page in. Browsers send it no cookie inside another site's frame: it shows a ticket that the parent's server fetched.</summary>
internal static class EmbedEndpoints
{
    public static void MapEmbedSignIn(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/embed/api/sign-in", SignInAsync).AllowAnonymous().With(TokenRoute.Mark).WithTags("Sessions").WithSummary("An embedded page's key for one session, for a ticket of it")
            .Produces<Key>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(422);

    private static async Task<IResult> SignInAsync(HttpContext context, IHubSettings settings, OwnAddresses own, SessionTickets tickets, TimeProvider time, CancellationToken cancellationToken)
    {
        if (settings.Current.Embed.Origins.Count == 0) throw ApiException.NotFound("This hub is embedded nowhere (Embed:Origins).");
        if (!own.IsOwnOrigin(context.Request.Headers.Origin.ToString(), context.Request.Host.Value)) throw new ApiException(403, "csrf", "Only the hub's own embedded page signs in here.");
        var body = await StrictJson.ReadAsync<SignInBody>(context, optional: false, cancellationToken);
        var key = await tickets.SignInAsync(body!.Ticket, cancellationToken)
            ?? throw new ApiException(401, "ticket_invalid", "The ticket is unknown, used or older than 30 s. Let the parent's server ask for another one.");
        return Results.Json(new Key(key.Secret, key.SessionId, key.Access, key.ExpiresAt, Math.Max(0, (long)(key.ExpiresAt - time.GetUtcNow()).TotalSeconds)), Json.Wire);
    }

    private sealed record SignInBody(string Ticket)
    {
        // A record prints its members.
        public override string ToString() => nameof(SignInBody);
    }

    /// <param name="ExpiresIn">In seconds: the browser's clock may be hours away.</param>
    private sealed record Key(string Token, string SessionId, string Access, DateTimeOffset ExpiresAt, long ExpiresIn)
    {
        public override string ToString() => nameof(Key);
    }
}

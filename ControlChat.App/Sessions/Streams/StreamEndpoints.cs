using System.Globalization;
using ControlChat.App.Api;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Sessions.Streams;

/// <summary>A terminal's WebSocket and its tickets: contracts, section 8. Whatever is wrong before the upgrade is answered with ProblemDetails.</summary>
internal static class StreamEndpoints
{
    public const string Protocol = "controlchat.v1";

    private const string Path = "/{id}/stream";

    public static void MapStreams(this IEndpointRouteBuilder sessions)
    {
        sessions.MapGet(Path, OpenAsync).AllowAnonymous().WithSummary("A terminal as a WebSocket (subprotocol controlchat.v1), signed in by cookie, by an API token or by ?ticket=; ?cursor= goes on behind a sequence")
            .Produces(101).ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(426);
        // Over HTTP/2: https://www.rfc-editor.org/rfc/rfc8441
        sessions.MapMethods(Path, [HttpMethods.Connect], OpenAsync).AllowAnonymous().ExcludeFromDescription();
        sessions.MapPost("/{id}/ticket", TicketAsync).CheckScopeInside().With(EmbedRoute.Mark).WithSummary("A ticket that opens the session's stream once, within 30 s; access is view or control, and what the asker may when it is left out")
            .Produces<Ticket>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(422).ProducesProblem(429);
    }

    private static async Task OpenAsync(string id, HttpContext context, SessionTickets tickets, SessionSights sights, TerminalStreams streams, CancellationToken cancellationToken)
    {
        var ticket = context.Request.Query["ticket"];
        if (ticket.Count == 0 && context.GetPrincipal() is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw ApiException.Unauthenticated();
        }
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            throw new ApiException(426, "upgrade_required", "This address is a WebSocket. Connect to it with the subprotocol controlchat.v1.");
        }
        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol)) throw new ApiException(400, "subprotocol_missing", "Ask for the WebSocket subprotocol controlchat.v1.");
        var cursor = CursorOf(context.Request);
        // A ticket that is sent and wrong is never helped out by a cookie.
        var pass = ticket.Count > 0 ? await ByTicketAsync(ticket.ToString(), id, tickets, cancellationToken)
            : await sights.FindAsync(context.RequirePrincipal(), id, cancellationToken) is { } sight ? new SessionPass(sight, TicketAccess.Control, null)
            : throw SessionEndpoints.NotFound();
        RequireTerminal(pass.Sight);
        using var place = streams.Enter(pass.Sight.Principal);
        // No compression: typed secrets and what others print would share its dictionary.
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Protocol, DangerousEnableCompression = false, KeepAliveInterval = TimeSpan.Zero });
        await streams.RunAsync(socket, pass, cursor);
    }

    private static async Task<IResult> TicketAsync(string id, JsonBody<TicketBody>? body, HttpContext context, SessionTickets tickets, SessionSights sights, TicketPace pace, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        if (body?.Value.Access is { } said && !TicketAccess.IsOne(said)) throw ApiException.Invalid("'access' must be view or control.");
        var sight = await sights.FindAsync(principal, id, cancellationToken) ?? throw SessionEndpoints.NotFound();
        RequireTerminal(sight);
        var embed = context.GetEmbedPass();
        // In place of the cookie: it opens what its principal may, unless it was asked for less.
        var access = body?.Value.Access ?? (sight.MaySteer && embed?.MayControl != false ? TicketAccess.Control : TicketAccess.View);
        if (access == TicketAccess.Control && !(embed?.MayControl ?? true)) throw ApiException.Denied("This embedded page may only look.");
        if (access == TicketAccess.Control && !sight.MaySteer) throw ApiException.Denied("Only who may work in the workspace may control its terminals, and a token needs the scopes 'read,write'.");
        pace.Take(principal);
        var issued = await tickets.CreateAsync(sight, access, embed?.Until, cancellationToken);
        return Results.Json(new Ticket(issued.Secret, issued.ExpiresAt, issued.Access), Json.Wire);
    }

    private static async Task<SessionPass> ByTicketAsync(string ticket, string id, SessionTickets tickets, CancellationToken cancellationToken) =>
        await tickets.UseAsync(ticket, id, cancellationToken) ?? throw new ApiException(401, "ticket_invalid", "The ticket is unknown, used or older than 30 s. Ask for another one.");

    private static void RequireTerminal(SessionSight sight)
    {
        if (!sight.IsTerminal) throw new ApiException(404, "not_supported", "This session is a chat and has no terminal. Read its /events, and talk to it by /messages.");
    }

    private static long CursorOf(HttpRequest request)
    {
        if (request.Query["cursor"] is not { Count: > 0 } said) return 0;
        return long.TryParse(said.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) ? cursor : throw ApiException.Invalid("'cursor' is a sequence: a whole number from 0.");
    }

    private sealed record TicketBody(string? Access = null);

    private sealed record Ticket(string Value, DateTimeOffset ExpiresAt, string Access)
    {
        [System.Text.Json.Serialization.JsonPropertyName("ticket")]
        public string Value { get; init; } = Value;

        // A record prints its members.
        public override string ToString() => nameof(Ticket);
    }
}

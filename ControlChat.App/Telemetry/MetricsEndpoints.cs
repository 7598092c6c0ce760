using ControlChat.App.Api;
using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.Telemetry;

/// <summary><c>GET /metrics</c>. Numbers show what people do, so they are for this machine, for who holds <c>Telemetry:MetricsToken</c>, and for admins.</summary>
internal static class MetricsEndpoints
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapGet("/metrics", AnswerAsync)
        .AllowAnonymous().With(AnyHost.Mark).DisableHttpMetrics().WithTags("Health").WithSummary("The hub's numbers as Prometheus text").Produces<string>(200, "text/plain").ProducesProblem(401);

    private static async Task<IResult> AnswerAsync(HttpContext context, Scrape scrape, OwnAddresses own, HubSecrets secrets, CancellationToken cancellationToken)
    {
        if (!IsLocal(context, own) && !HasToken(context.Request, secrets)) CheckAdmin(context, own);
        return Results.Text(await scrape.ReadAsync(cancellationToken), ContentType);
    }

    private static void CheckAdmin(HttpContext context, OwnAddresses own)
    {
        if (!own.IsOwnHost(context.Request.Host.Value)) throw HostGuard.WrongHost();
        if (context.GetPrincipal() is not { } principal)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(401, "unauthenticated", "Numbers are shown to this machine, to admins, and to 'Authorization: Bearer …' with the value of the environment variable Telemetry__MetricsToken.");
        }
        if (!principal.IsAdmin) throw ApiException.Denied("The hub's numbers are for admins.");
    }

    private static bool IsLocal(HttpContext context, OwnAddresses own) => context.IsOfThisMachine() && own.IsLoopbackHost(context.Request.Host.Value);

    private static bool HasToken(HttpRequest request, HubSecrets secrets) =>
        secrets.Find("Telemetry:MetricsToken") is { } token && Credential.Matches("Bearer " + token, request.Headers.Authorization);
}

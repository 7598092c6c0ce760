using ControlChat.App.Api;
using ControlChat.Core.Webhooks;

namespace ControlChat.App.Operations;

internal static class WebhookRoutes
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var hooks = routes.MapGroup("/api/v1/webhooks").WithTags("Operations");
        hooks.MapGet("", ListAsync).WithSummary("How the endpoints of Webhooks:Endpoints stand; admins only").Produces<PageBody<WebhookStanding>>().ProducesProblem(403);
        hooks.MapPost("/{name}/test", TestAsync).RequireBrowser().WithSummary("Sends it the event webhook.test; signed-in admins only").Produces(202).ProducesProblem(403).ProducesProblem(404);
        hooks.MapPost("/{name}/retry", RetryAsync).RequireBrowser().WithSummary("Sends again what was given up: all, or the one of ?delivery=; signed-in admins only").Produces(202).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, WebhookDesk desk, CancellationToken cancellationToken) =>
        Pages.Page(await desk.ListAsync(context.RequirePrincipal(), cancellationToken) ?? throw Refused(), null);

    private static async Task<IResult> TestAsync(HttpContext context, string name, WebhookDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.TestAsync(context.RequirePrincipal(), name, cancellationToken));

    private static async Task<IResult> RetryAsync(HttpContext context, string name, string? delivery, WebhookDesk desk, CancellationToken cancellationToken) =>
        Answer(await desk.RetryAsync(context.RequirePrincipal(), name, delivery, cancellationToken));

    private static IResult Answer(WebhookChange change) => change switch
    {
        WebhookChange.Done => Results.StatusCode(202),
        WebhookChange.Denied => throw Refused(),
        _ => throw ApiException.NotFound("There is no such endpoint, or nothing of it was given up."),
    };

    private static ApiException Refused() => ApiException.Denied("Only admins see and try webhooks.");
}

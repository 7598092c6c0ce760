using ControlChat.App.Api;

namespace ControlChat.App.Operations;

internal static class OperationsEndpoints
{
    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/api/v1/dead-letters").WithTags("Operations");
        letters.MapGet("", ListAsync).WithSummary("What bus and outbox could not deliver, oldest first; admins only").Produces<PageBody<UndeliveredLetter>>().ProducesProblem(403);
        letters.MapPost("{id}/replay", ReplayAsync).RequireBrowser().WithSummary("Sends it again; signed-in admins only").Produces(204).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, DeadLetterDesk desk, CancellationToken cancellationToken) =>
        Pages.Page(await desk.ListAsync(context.RequirePrincipal(), cancellationToken), null);

    private static async Task<IResult> ReplayAsync(HttpContext context, string id, DeadLetterDesk desk, CancellationToken cancellationToken) =>
        await desk.ReplayAsync(context.RequirePrincipal(), id, cancellationToken) ? Results.NoContent() : throw ApiException.NotFound("There is no such dead letter.");
}

internal static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services.AddSingleton<DeadLetterDesk>();
}

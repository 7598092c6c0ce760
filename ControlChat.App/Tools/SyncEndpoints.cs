using ControlChat.App.Api;
using ControlChat.Core.Tools.Sync;

namespace ControlChat.App.Tools;

/// <summary>Stopping a sync that runs. No tool does this: a stop waits for no approval.</summary>
internal static class SyncEndpoints
{
    public static void MapSync(this IEndpointRouteBuilder routes) => routes.MapGroup("/api/v1/sync").WithTags("Tools")
        .MapPost("/{workspaceId}/cancel", CancelAsync).WithSummary("Stops the sync of a workspace that waits or runs; works while frozen").Produces(202).ProducesProblem(404);

    private static async Task<IResult> CancelAsync(string workspaceId, HttpContext context, ISyncCancelling cancel, CancellationToken cancellationToken) =>
        await cancel.AskAsync(context.RequirePrincipal(), workspaceId, "rest", cancellationToken)
            ? Results.Accepted()
            : throw ApiException.NotFound("No sync of yours runs there.");
}

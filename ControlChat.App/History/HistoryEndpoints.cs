using ControlChat.App.Api;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;

namespace ControlChat.App.History;

/// <summary>Which value a thing had when, and who or what made it so, over HTTP.</summary>
internal static class HistoryEndpoints
{
    public static void MapHistory(this IEndpointRouteBuilder routes)
    {
        var history = routes.MapGroup("/api/v1/history").WithTags("History");
        history.MapGet("", ListAsync).WithSummary("The changes of one thing, newest first").Produces<ResourceTrail>().ProducesProblem(404).ProducesProblem(422);
        history.MapGet("as-of", AsOfAsync).WithSummary("What one thing was like at a time").Produces<PastResource>().ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, IResourceHistory history, string? resource, string? field, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        try
        {
            var trail = await history.HistoryAsync(context.RequirePrincipal(), Named(resource), string.IsNullOrEmpty(field) ? null : field, cursor, Pages.Limit(limit), cancellationToken);
            return trail is null ? throw NotFound() : Results.Json(trail, Json.Wire);
        }
        catch (FormatException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    private static async Task<IResult> AsOfAsync(HttpContext context, IResourceHistory history, string? resource, string? at, CancellationToken cancellationToken)
    {
        if (!Timestamps.TryParse(at, out var time)) throw ApiException.Invalid($"at is '{at}'; use an RFC 3339 time such as 2026-11-21T08:00:00Z.");
        var past = await history.AsOfAsync(context.RequirePrincipal(), Named(resource), time, cancellationToken);
        return past is null ? throw NotFound() : Results.Json(past, Json.Wire);
    }

    private static string Named(string? resource) =>
        resource is { Length: > 0 and <= 400 } && resource.Contains('/', StringComparison.Ordinal) ? resource : throw ApiException.Invalid("resource is missing; use kind/id, such as workspace/ws_… or setting/Logs:Days.");

    // What is not there and what the caller may not see answer alike.
    private static ApiException NotFound() => ApiException.NotFound("There is no such thing, or you may not see it.");
}

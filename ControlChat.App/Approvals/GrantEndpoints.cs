using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>Standing grants over REST, for signed-in browsers: a token neither makes nor sees one.</summary>
internal static partial class GrantEndpoints
{
    private const int MostItems = 200;

    public static void MapGrants(this IEndpointRouteBuilder routes)
    {
        var grants = routes.MapGroup("/api/v1/grants").WithTags("Grants");
        grants.MapGet("", ListAsync).WithSummary("Standing grants given to or by the caller (an admin: all), newest first; status is active or ended").Produces<Page<Grant>>().ProducesProblem(403);
        grants.MapGet("/{id}", FindAsync).WithSummary("One standing grant").Produces<Grant>().ProducesProblem(403).ProducesProblem(404);
        grants.MapDelete("/{id}", RevokeAsync).CheckScopeInside().WithSummary("Revokes a grant; one that has ended stays as it is").Produces<Grant>().ProducesProblem(403).ProducesProblem(404);
        routes.MapPost("/api/v1/approvals/{id}/grant", MakeAsync).WithTags("Grants").CheckScopeInside()
            .WithSummary("Allows more of a plan one has just approved, without asking: for who asked, in that conversation, with the ids in constraints ({argument, is: equals|prefix|one_of, values}), count times (1-100) until ends_at (at most 30 days)")
            .Produces<Grant>(201).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IGrants grants, CancellationToken cancellationToken, string? status = null, string? cursor = null, int limit = 50)
    {
        if (status is not (null or GrantFilter.Active or GrantFilter.Ended)) throw ApiException.Invalid("'status' must be active or ended.");
        if (limit is < 1 or > MostItems) throw ApiException.Invalid($"'limit' must be 1 to {MostItems}.");
        if (cursor is not null && !Cursor().IsMatch(cursor)) throw ApiException.Invalid("'cursor' must be the 'next_cursor' of an earlier page.");
        return Results.Json(await grants.ListAsync(PersonOf(context), new GrantFilter(status, cursor, limit), cancellationToken), Json.Wire);
    }

    private static async Task<IResult> FindAsync(string id, HttpContext context, IGrants grants, CancellationToken cancellationToken) =>
        Results.Json(await grants.FindAsync(PersonOf(context), id, cancellationToken) ?? throw ApiException.NotFound("There is no such grant."), Json.Wire);

    private static async Task<IResult> MakeAsync(string id, JsonBody<MakeBody> body, HttpContext context, IGrants grants, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var constraints = (asked.Constraints ?? []).OfType<ConstraintBody>().Select(c => new GrantConstraint(c.Argument ?? "", c.Is ?? "", c.Values ?? [])).ToList();
        var request = new GrantRequest(constraints, asked.Count ?? 0, asked.EndsAt ?? DateTimeOffset.MinValue);
        return Answer(await grants.MakeAsync(context.RequirePrincipal(), id, request, cancellationToken), 201);
    }

    private static async Task<IResult> RevokeAsync(string id, HttpContext context, IGrants grants, CancellationToken cancellationToken) =>
        Answer(await grants.RevokeAsync(context.RequirePrincipal(), id, cancellationToken), 200);

    private static Principal PersonOf(HttpContext context) => context.RequirePrincipal() is { IsToken: false } person
        ? person : throw new ApiException(403, "token_cannot_approve", "An API token sees no grants. Use the browser.");

    private static IResult Answer(GrantAnswer answer, int status) => answer switch
    {
        GrantAnswer.Done done => Results.Json(done.Grant, Json.Wire, statusCode: status),
        GrantAnswer.Refused refused => Problems.Result(refused.Http, refused.Code, refused.Message, new JsonObject()),
        _ => throw new InvalidOperationException(),
    };

    [GeneratedRegex(@"\Agrt_[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Cursor();

    // Nullable though all are demanded: the room says what is wrong with them.
    private sealed record MakeBody(IReadOnlyList<ConstraintBody>? Constraints = null, int? Count = null, DateTimeOffset? EndsAt = null);

    private sealed record ConstraintBody(string? Argument = null, string? Is = null, IReadOnlyList<string>? Values = null);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Tools;

/// <summary>Tools, plans and stop switches over REST: contracts, sections 3 and 7.</summary>
internal static class ToolEndpoints
{
    public static void MapTools(this IEndpointRouteBuilder routes)
    {
        var tools = routes.MapGroup("/api/v1/tools").WithTags("Tools");
        tools.MapGet("", List).WithSummary("The tools this hub offers, with their argument schemas");
        tools.MapPost("/{name}", InvokeAsync).CheckScopeInside().AnswersOutcome("name").WithSummary("Calls a tool: applies, asks, or plans only (dry_run)").Produces<Outcome>().Produces<Outcome>(202).ProducesProblem(422);
        var plans = routes.MapGroup("/api/v1/plans").WithTags("Plans");
        plans.MapGet("/{id}", PlanAsync).WithSummary("A plan with the object its hash covers").Produces<Plan>().ProducesProblem(404);
        plans.MapPost("/{id}/apply", ApplyAsync).CheckScopeInside().AnswersOutcome("plans.apply").WithSummary("Applies a planned plan of one's own").Produces<Outcome>().Produces<Outcome>(202).ProducesProblem(409);
        var freezes = routes.MapGroup("/api/v1/freezes").WithTags("Freezes");
        freezes.MapGet("", FreezesAsync).WithSummary("The stop switches in force");
        freezes.MapPost("", FreezeAsync).RequireBrowser().WithSummary("Stops the hub, a tool, a workspace or an agent from applying changes").Produces<Freeze>(201).ProducesProblem(403);
        freezes.MapDelete("/{id}", LiftAsync).RequireBrowser().WithSummary("Lifts a stop switch").Produces(204).ProducesProblem(404);
    }

    private static IResult List(IToolCatalog catalog) => Results.Json(
        new Page<object>([.. catalog.Offered.Select(t => Shown(t.Definition))], null), Json.Wire);

    private static async Task<IResult> InvokeAsync(string name, JsonBody<InvokeRequest> body, HttpContext context, IToolGate gate, CancellationToken cancellationToken)
    {
        var call = new ToolCall(name, body.Value.RequestId, body.Value.Arguments ?? default, context.RestOrigin(), body.Value.DryRun ?? false);
        return (await gate.InvokeAsync(context.RequirePrincipal(), call, cancellationToken)).ToResult();
    }

    private static async Task<IResult> PlanAsync(string id, HttpContext context, IToolGate gate, CancellationToken cancellationToken)
    {
        var detail = await gate.FindPlanAsync(context.RequirePrincipal(), id, cancellationToken) ?? throw ApiException.NotFound("There is no such plan.");
        var body = JsonSerializer.SerializeToNode(detail.Plan, Json.Wire)!.AsObject();
        body["canonical"] = detail.Canonical.DeepClone();
        return Results.Json(body, Json.Wire);
    }

    private static async Task<IResult> ApplyAsync(string id, JsonBody<ApplyRequest> body, HttpContext context, IToolGate gate, CancellationToken cancellationToken) =>
        (await gate.ApplyPlanAsync(context.RequirePrincipal(), id, body.Value.RequestId, context.RestOrigin(), cancellationToken)).ToResult();

    private static async Task<IResult> FreezesAsync(HttpContext context, IFreezes freezes, CancellationToken cancellationToken) =>
        Results.Json(new Page<Freeze>(await freezes.ListAsync(context.RequirePrincipal(), cancellationToken), null), Json.Wire);

    private static async Task<IResult> FreezeAsync(JsonBody<FreezeRequest> body, HttpContext context, IFreezes freezes, CancellationToken cancellationToken)
    {
        try
        {
            var request = body.Value;
            var freeze = await freezes.SetAsync(context.RequirePrincipal(), request.Scope, request.Target, request.Reason, cancellationToken);
            return Results.Json(freeze, Json.Wire, statusCode: 201);
        }
        catch (ToolRefusedException refusal)
        {
            throw AsApi(refusal);
        }
    }

    private static async Task<IResult> LiftAsync(string id, HttpContext context, IFreezes freezes, CancellationToken cancellationToken)
    {
        try
        {
            return await freezes.LiftAsync(context.RequirePrincipal(), id, cancellationToken) ? Results.NoContent() : throw ApiException.NotFound("There is no such freeze in force.");
        }
        catch (ToolRefusedException refusal)
        {
            throw AsApi(refusal);
        }
    }

    private static ApiException AsApi(ToolRefusedException refusal) => new(refusal.Status == "denied" ? 403 : 422, refusal.Code, refusal.Message);

    private static JsonObject Shown(ToolDefinition definition) => new()
    {
        ["name"] = definition.Name,
        ["scope"] = definition.Scope.Wire(),
        ["description"] = definition.Description,
        ["input_schema"] = JsonNode.Parse(definition.InputSchema.GetRawText()),
        ["version"] = definition.Version,
        ["hash"] = definition.Hash,
    };

    // Nullable though it is demanded: the gate says what is wrong with it, in the outcome's form.
    private sealed record InvokeRequest(string? RequestId = null, JsonElement? Arguments = null, bool? DryRun = null);

    private sealed record ApplyRequest(string? RequestId = null);

    private sealed record FreezeRequest(string Scope, string Reason, string? Target = null);
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Api;

/// <summary>Outcomes over HTTP: contracts, section 3.</summary>
public static class OutcomeResults
{
    /// <summary>
    /// Up to 399 the outcome as it is; above, ProblemDetails with the outcome's fields beside. Both have a <c>status</c>:
    /// there it is the HTTP number, as RFC 9457 says, and the outcome's own word is <c>outcome_status</c>.
    /// </summary>
    /// <param name="more">Fields to add, such as <c>difference</c>.</param>
    public static IResult ToResult(this Outcome outcome, JsonObject? more = null)
    {
        if (more is null && outcome.Http < 400) return Results.Json(outcome, Json.Wire, statusCode: outcome.Http);
        var fields = JsonSerializer.SerializeToNode(outcome, Json.Wire)!.AsObject();
        foreach (var (name, value) in more ?? []) fields[name] = value?.DeepClone();
        if (outcome.Http < 400) return Results.Json(fields, Json.Wire, statusCode: outcome.Http);
        fields["outcome_status"] = outcome.Status;
        var code = outcome.Error?.Code ?? outcome.Status;
        var problem = Problems.Result(outcome.Http, code, outcome.Error?.Message ?? Problems.DetailOf(outcome.Http), fields);
        return RetryAfter(outcome) is { } seconds ? new WithRetryAfter(problem, seconds) : problem;
    }

    /// <summary>Marks a route that answers outcomes: a call that ends before the gate, or never reads so far, answers one too.</summary>
    /// <param name="tool">Its name, or the route value that holds it.</param>
    internal static TBuilder AnswersOutcome<TBuilder>(this TBuilder builder, string tool) where TBuilder : IEndpointConventionBuilder => builder.With(new OutcomeRoute(tool));

    /// <summary>The outcome's fields for a problem of such a route; null elsewhere.</summary>
    internal static JsonObject? OutcomeOf(this HttpContext context, int status, string code, string detail, string? reference)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OutcomeRoute>() is not { } route) return null;
        var tool = context.GetRouteValue(route.Tool) as string ?? route.Tool;
        var outcome = new Outcome { RequestId = null, Tool = tool, Status = WordOf(status), Error = new OutcomeError(code, detail, reference) };
        var fields = JsonSerializer.SerializeToNode(outcome, Json.Wire)!.AsObject();
        fields["outcome_status"] = outcome.Status;
        if (reference is not null) fields["ref"] = reference;
        return fields;
    }

    private static string WordOf(int status) => status switch
    {
        401 or 403 => "denied",
        404 => "not_found",
        429 => "rate_limited",
        503 => "unavailable",
        >= 500 => "failed",
        _ => "invalid",
    };

    private static int? RetryAfter(Outcome outcome) => outcome.Status switch
    {
        "in_progress" or "unavailable" => 1,
        "rate_limited" => 60,
        _ => null,
    };

    private sealed record OutcomeRoute(string Tool);

    private sealed class WithRetryAfter(IResult inner, int seconds) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return inner.ExecuteAsync(httpContext);
        }
    }
}

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
        var fields = JsonSerializer.SerializeToNode(outcome, Json.Wire)!.AsObject();
        foreach (var (name, value) in more ?? []) fields[name] = value?.DeepClone();
        if (outcome.Http < 400) return Results.Json(fields, Json.Wire, statusCode: outcome.Http);
        fields["outcome_status"] = outcome.Status;
        var code = outcome.Error?.Code ?? outcome.Status;
        var problem = Problems.Result(outcome.Http, code, outcome.Error?.Message ?? Problems.DetailOf(outcome.Http), fields);
        return RetryAfter(outcome) is { } seconds ? new WithRetryAfter(problem, seconds) : problem;
    }

    private static int? RetryAfter(Outcome outcome) => outcome.Status switch
    {
        "in_progress" or "unavailable" => 1,
        "rate_limited" => 60,
        _ => null,
    };

    private sealed class WithRetryAfter(IResult inner, int seconds) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return inner.ExecuteAsync(httpContext);
        }
    }
}

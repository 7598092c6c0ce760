using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlChat.App.Api;

/// <summary>Every answer above 399 outside the pages: <c>application/problem+json</c> (RFC 9457) with a stable code and the trace id.</summary>
public static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <param name="more">Fields beside the standard ones; theirs win.</param>
    public static JsonObject Body(HttpContext context, int status, string code, string detail, JsonObject? more = null)
    {
        var body = new JsonObject
        {
            ["type"] = $"urn:controlchat:problem:{code}",
            ["title"] = Title(status),
            ["status"] = status,
            ["detail"] = detail,
            ["code"] = code,
            ["trace_id"] = context.TraceId(),
        };
        foreach (var (name, value) in more ?? [])
            if (!body.ContainsKey(name)) body[name] = value?.DeepClone();
        return body;
    }

    public static Task WriteAsync(HttpContext context, int status, string code, string detail, JsonObject? more = null)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(Body(context, status, code, detail, more), Json.Wire, ContentType, context.RequestAborted);
    }

    public static IResult Result(int status, string code, string detail, JsonObject? more = null) => new ProblemResult(status, code, detail, more);

    /// <summary>The code of a status that nobody gave a closer one.</summary>
    public static string CodeOf(int status) => status switch
    {
        401 => "unauthenticated",
        403 => "denied",
        404 => "not_found",
        405 => "method_not_allowed",
        406 => "not_acceptable",
        409 => "conflict",
        410 => "expired",
        413 => "too_large",
        415 => "unsupported_media_type",
        421 => "wrong_host",
        423 => "frozen",
        429 => "rate_limited",
        503 => "unavailable",
        >= 500 => "failed",
        _ => "invalid",
    };

    public static string DetailOf(int status) => status switch
    {
        404 => "There is nothing at this address.",
        405 => "This address does not take that method. The Allow header names those it takes.",
        415 => "Send the body as application/json.",
        413 => "The body is too large.",
        _ => Title(status) + ".",
    };

    private static string Title(int status) => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "Error";

    private sealed class ProblemResult(int status, string code, string detail, JsonObject? more) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => status;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, status, code, detail, more);
    }
}

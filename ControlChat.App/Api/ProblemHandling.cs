using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlChat.App.SignIn;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Archives;

namespace ControlChat.App.Api;

/// <summary>The API's boundary for exceptions, and for statuses that nobody gave a body: each becomes ProblemDetails, or a plain page for a browser.</summary>
internal sealed partial class ProblemHandling(RequestDelegate next, ILogger<ProblemHandling> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            var response = context.Response;
            if (response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null && response.ContentLength is null or 0)
                await AnswerAsync(context, response.StatusCode, Problems.CodeOf(response.StatusCode), Problems.DetailOf(response.StatusCode));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await HandleAsync(context, e);
        }
    }

    private Task HandleAsync(HttpContext context, Exception fault)
    {
        Reset(context.Response);
        switch (fault)
        {
            case ApiException e:
                if (e.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                return AnswerAsync(context, e.Status, e.Code, e.Message);
            case ToolRefusedException e:
                return AnswerAsync(context, HttpOf(e.Status), e.Code, e.Message);
            case HubUnavailableException e:
                LogUnavailable(e);
                context.Response.Headers.RetryAfter = "1";
                return AnswerAsync(context, 503, "unavailable", e.Message);
            case TranscriptDamagedException e:
                LogDamaged(e);
                return AnswerAsync(context, 500, "failed", e.Message);
            case BadHttpRequestException e:
                var status = e.StatusCode == 400 ? 422 : e.StatusCode;
                return AnswerAsync(context, status, Problems.CodeOf(status), status == 413 ? Problems.DetailOf(413) : "The request cannot be read: a value has the wrong form.");
            default:
                var reference = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
                LogFailed(fault, reference, context.Request.Method, context.Request.Path);
                return AnswerAsync(context, 500, "failed", $"The request failed (ref {reference}). Nothing more is known here; the log has the reference.", reference);
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string code, string detail, string? reference = null)
    {
        // What takes GET takes HEAD, which no route names.
        if (status == 405 && context.Response.Headers.Allow.ToString().Split(", ") is var allowed && allowed.Contains("GET") && !allowed.Contains("HEAD"))
            context.Response.Headers.Allow = string.Join(", ", [.. allowed, "HEAD"]);
        return context.Request.WantsPage()
            ? Notice.WriteAsync(context, status, Problems.Body(context, status, code, detail)["title"]!.GetValue<string>(), detail)
            : Problems.WriteAsync(context, status, code, detail, context.OutcomeOf(status, code, detail, reference) ?? (reference is null ? null : new JsonObject { ["ref"] = reference }));
    }

    // What a failed handler had begun to say is taken back; the security headers stay.
    private static void Reset(HttpResponse response)
    {
        response.ContentLength = null;
        response.ContentType = null;
        response.Headers.ETag = default;
        response.Headers.ContentEncoding = default;
    }

    private static int HttpOf(string status) => new Outcome { RequestId = null, Tool = "", Status = status }.Http;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed (ref {Ref})")]
    private partial void LogFailed(Exception fault, string @ref, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "A transcript cannot be given out")]
    private partial void LogDamaged(Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The hub cannot serve now")]
    private partial void LogUnavailable(Exception fault);
}

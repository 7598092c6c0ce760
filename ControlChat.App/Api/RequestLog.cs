namespace ControlChat.App.Api;

/// <summary>One line a request, without its query string: sign-in links and tickets travel there. The framework's own request log is switched off for that reason.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var ms = time.GetElapsedTime(started).TotalMilliseconds;
            // A refusal shows a trace id, which must lead somewhere.
            if (context.Request.IsUnsafe() || context.Response.StatusCode >= 400) LogChange(context.Request.Method, context.Request.Path, context.Response.StatusCode, ms);
            else LogRead(context.Request.Method, context.Request.Path, context.Response.StatusCode, ms);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} answered {Status} in {Ms} ms")]
    private partial void LogChange(string method, string path, int status, double ms);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path} answered {Status} in {Ms} ms")]
    private partial void LogRead(string method, string path, int status, double ms);
}

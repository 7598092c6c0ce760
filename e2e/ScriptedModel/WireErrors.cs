using Microsoft.AspNetCore.Http;

namespace ControlChat.ScriptedModel;

internal static class WireErrors
{
    public static async Task WriteAsync(HttpContext context, Reply reply)
    {
        context.Response.StatusCode = reply.Status;
        if (reply.RetryAfter is { } wait) context.Response.Headers.RetryAfter = wait;
        await context.Response.WriteAsJsonAsync(new { error = new { message = reply.ErrorMessage, type = reply.ErrorCode, code = reply.ErrorCode, param = (string?)null } });
    }
}

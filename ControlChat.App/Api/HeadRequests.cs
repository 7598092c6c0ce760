namespace ControlChat.App.Api;

/// <summary>HEAD at an address of the API answers as GET does, without the body (RFC 9110, 9.3.2). Pages and the one-time link answer it by themselves.</summary>
internal sealed class HeadRequests(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsHead(request.Method) || request.IsPageAddress())
        {
            await next(context);
            return;
        }
        context.Items[typeof(HeadRequests)] = true;
        request.Method = HttpMethods.Get;
        try
        {
            // The server drops what is written: it remembers what was asked for.
            await next(context);
        }
        finally
        {
            request.Method = HttpMethods.Head;
        }
    }
}

internal static class HeadRequest
{
    /// <summary>Nobody reads a body: a stream has nothing more to say after its headers.</summary>
    public static bool IsHead(this HttpContext context) => context.Items.ContainsKey(typeof(HeadRequests));
}

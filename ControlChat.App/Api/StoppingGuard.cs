namespace ControlChat.App.Api;

/// <summary>
/// A hub that stops takes nothing new. Its pages come back at once when it ends their connection; let in again, they would hold up its
/// stop for half a minute, and with it what other nodes are to go on with.
/// </summary>
internal sealed class StoppingGuard(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!lifetime.ApplicationStopping.IsCancellationRequested) return next(context);
        context.Response.Headers.Connection = "close";
        throw new ApiException(503, "unavailable", "The hub is stopping. Try again in a moment.");
    }
}

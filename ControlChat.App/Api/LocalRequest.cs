using System.Net;

namespace ControlChat.App.Api;

internal static class LocalRequest
{
    // Whoever came through a proxy on this machine looks as if they were on it.
    private static readonly string[] OnTheWay = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"];

    /// <summary>From loopback, and by no proxy's hand.</summary>
    public static bool IsOfThisMachine(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer) && !OnTheWay.Any(context.Request.Headers.ContainsKey);
}

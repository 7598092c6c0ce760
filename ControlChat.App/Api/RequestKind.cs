namespace ControlChat.App.Api;

/// <summary>Which answers a request understands.</summary>
internal static class RequestKind
{
    private static readonly string[] ClientRoots = ["/api", "/openapi", "/health", "/metrics", "/mcp", "/agent-model", "/agent-tools", "/runs", "/embed/api", "/_blazor", "/_framework"];

    /// <summary>A browser that looks at a page, rather than a client or a script.</summary>
    public static bool WantsPage(this HttpRequest request) =>
        request.IsPageAddress() && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>An address of a page: opened without sign-in, it leads to the sign-in page.</summary>
    public static bool IsPageAddress(this HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !ClientRoots.Any(root => request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase));

    /// <summary>A method that may change something. CONNECT with an address opens a WebSocket over HTTP/2 (RFC 8441), which over HTTP/1.1 is a GET.</summary>
    public static bool IsUnsafe(this HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method) && !HttpMethods.IsTrace(request.Method) && !HttpMethods.IsConnect(request.Method);
}

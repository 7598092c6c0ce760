using ControlChat.App.Start;

namespace ControlChat.App.Api;

/// <summary>
/// What browsers may do with the hub's pages. No inline script anywhere. Style attributes are allowed (the component library sets them,
/// and the circuit sets attributes as text), style elements are not. Nobody may frame a page; nothing is shared with other origins.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, OwnAddresses own)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy(context.Request);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // The terminal's page takes dictation, when its person says so.
        headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()";
        if (own.IsTls) headers.StrictTransportSecurity = "max-age=31536000";
        // Answers hold what one person may see; files set their own.
        if (context.GetEndpoint()?.Metadata.GetMetadata<PublicAsset>() is null) headers.CacheControl = "no-store";
        return next(context);
    }

    // Some browsers do not count the circuit's WebSocket as 'self', so it is named; a foreign Host gets no such name.
    private string Policy(HttpRequest request)
    {
        var socket = own.IsOwnHost(request.Host.Value) ? $" {(own.IsTls ? "wss" : "ws")}://{request.Host.Value}" : "";
        return $"default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'{socket}; "
            + "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'";
    }
}

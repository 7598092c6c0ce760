using ControlChat.App.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.Sessions.Offline;

/// <summary>
/// The page for a terminal whose network is away, and the worker that answers with it. Both are public, static and the same for everybody: what is
/// shown is in the browser. The page opens no connection; the worker passes a page's own request on, and keeps this page with its versioned files.
/// </summary>
internal static class OfflineEndpoints
{
    public const string Page = "/offline/terminal";
    public const string Worker = "/offline/worker.js";

    /// <summary>The addresses the worker answers for.</summary>
    public const string Scope = "/sessions/";

    private const string Script = "console/worker.js";

    public static void MapOffline(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Page, ShowPage).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        routes.MapGet(Worker, ShowWorker).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
    }

    private static RazorComponentResult<OfflinePage> ShowPage(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        context.Response.Headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()";
        return new RazorComponentResult<OfflinePage>();
    }

    // Browsers compare it byte by byte with the one they have, past their own caches.
    private static Results<FileStreamHttpResult, NotFound> ShowWorker(HttpContext context, IWebHostEnvironment environment)
    {
        var file = environment.WebRootFileProvider.GetFileInfo(Script);
        if (!file.Exists) return TypedResults.NotFound();
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; connect-src 'self'";
        context.Response.Headers["Service-Worker-Allowed"] = Scope;
        return TypedResults.Stream(file.CreateReadStream(), "text/javascript; charset=utf-8");
    }
}

using ControlChat.App.Start;

namespace ControlChat.App.Sessions.Embedding;

/// <summary>
/// What browsers may do with the one page that others may frame: stricter than the hub's own pages in all but that. It is a sandbox by itself,
/// also under a parent that gave its frame no <c>sandbox</c>; no form, no cookie, nothing from elsewhere, and only the listed parents around it.
/// </summary>
internal static class EmbedHeaders
{
    /// <summary>Opening the hub in a tab of its own must not carry the sandbox over: signing in there needs forms.</summary>
    public const string Sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";

    public static void Set(HttpContext context, OwnAddresses own, IReadOnlyList<EmbedParent> parents)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy($"{(own.IsTls ? "wss" : "ws")}://{context.Request.Host.Value}", parents);
        headers.CacheControl = "no-store";
        // The page is the same for everybody: a parent that isolates itself (Cross-Origin-Embedder-Policy) may frame it too.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), fullscreen=(), display-capture=(), clipboard-read=(), storage-access=()";
    }

    // Host filtering came before: the name is one of the hub's own.
    private static string Policy(string socket, IReadOnlyList<EmbedParent> parents) =>
        $"default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; connect-src 'self' {socket}; "
        + $"frame-ancestors {string.Join(' ', parents.Select(p => p.Origin))}; base-uri 'none'; form-action 'none'; sandbox {Sandbox}";
}

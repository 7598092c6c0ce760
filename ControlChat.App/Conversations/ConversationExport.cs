using ControlChat.App.Api;
using ControlChat.Core.Conversations;

namespace ControlChat.App.Conversations;

internal static class ConversationExport
{
    public static async Task AnswerAsync(HttpContext context, string id, string? format, ConversationExporter exporter, CancellationToken cancellationToken)
    {
        if (format is not (null or "md" or "json")) throw ApiException.Invalid("format must be md or json.");
        var export = await exporter.OpenAsync(context.RequirePrincipal(), id, format ?? "md", cancellationToken) ?? throw ConversationEndpoints.NotFound();
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{id}.{format ?? "md"}\"";
        context.Response.ContentType = format == "json" ? "application/json" : "text/markdown; charset=utf-8";
        await foreach (var piece in export.WithCancellation(cancellationToken)) await context.Response.WriteAsync(piece, cancellationToken);
    }
}

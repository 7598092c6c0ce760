using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.App.Audit;

/// <summary>The record over HTTP: contracts, section 6.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/api/v1/audit").WithTags("Audit");
        audit.MapGet("", ListAsync).WithSummary("Rows, newest first").Produces<PageBody<AuditRow>>().ProducesProblem(422);
        audit.MapGet("{seq:long}", FindAsync).WithSummary("One row").Produces<AuditRow>().ProducesProblem(404);
        audit.MapGet("verify", VerifyAsync).WithSummary("Check the whole record against its checkpoints").Produces<Verdict>();
        audit.MapGet("export", ExportAsync).WithSummary("The rows as JSONL, which can be verified, or CSV").ProducesProblem(422);
    }

    private static async Task<IResult> ListAsync(HttpContext context, HubDatabase database, AuditReader audit, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var filter = AuditQueryString.Read(context.Request.Query);
        await using var reader = await database.ReadAsync(cancellationToken);
        try
        {
            var page = await audit.SearchAsync(reader, Viewer(context), filter, cursor, Pages.Limit(limit), cancellationToken);
            return Pages.Page(page.Items, page.NextCursor);
        }
        catch (FormatException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    private static async Task<IResult> FindAsync(HttpContext context, long seq, HubDatabase database, AuditReader audit, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await audit.FindAsync(reader, Viewer(context), seq, cancellationToken) is { } row ? Results.Json(row, Json.Wire) : throw ApiException.NotFound("There is no such row.");
    }

    private static async Task<IResult> VerifyAsync(AuditVerification verification, CancellationToken cancellationToken) =>
        Results.Json(Verdict.Of(await verification.VerifyAsync(null, cancellationToken)), Json.Wire);

    private static IResult ExportAsync(HttpContext context, AuditExport export, string? format)
    {
        if (!ExportRequest.Formats.Contains(format)) throw ApiException.Invalid($"format is '{format}'; use jsonl or csv.");
        var query = context.Request.Query;
        var request = new ExportRequest(format!, AuditQueryString.Read(query), AuditQueryString.Seq(query, "from_seq"), AuditQueryString.Seq(query, "to_seq"));
        var principal = context.RequirePrincipal();
        var actor = new AuditActor(principal.AccountId, principal.TokenId, principal.AuthSessionId, principal.IsToken ? "rest" : "ui");
        return Results.Stream(
            output => export.WriteAsync(output, request, Viewer(context), actor, context.RequestAborted),
            format == "csv" ? "text/csv; charset=utf-8" : "application/jsonl", $"audit.{format}");
    }

    private static AuditViewer Viewer(HttpContext context) => ViewerOf(context.RequirePrincipal());

    private static AuditViewer ViewerOf(Principal principal) => new(principal.AccountId, principal.IsAdmin);

    private sealed record Verdict(bool Ok, long Rows, long LastSeq, string? LastHash, int Checkpoints, long? FirstBadSeq, string? Problem)
    {
        public static Verdict Of(VerifyResult r) => new(r.Ok, r.Rows, r.LastSeq, r.LastHash, r.Checkpoints, r.FirstBadSeq, r.Problem);
    }
}

using ControlChat.App.Api;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.App.Sessions;

/// <summary>Transcripts over REST: contracts, section 8.</summary>
internal static class TranscriptEndpoints
{
    public static void MapTranscripts(this IEndpointRouteBuilder sessions)
    {
        sessions.MapGet("/{id}/transcript", DownloadAsync).WithSummary("All records as NDJSON, which can be verified, as JSON or as Markdown").ProducesProblem(404).ProducesProblem(422).With(EmbedRoute.Mark);
        sessions.MapGet("/{id}/transcript/verify", VerifyAsync).WithSummary("Checks the transcript's records, and that they are what the database holds").Produces<TranscriptVerdict>().ProducesProblem(404).With(EmbedRoute.Mark);
    }

    private static async Task<IResult> DownloadAsync(string id, HttpContext context, SessionTranscripts transcripts, CancellationToken cancellationToken, string? format = "ndjson")
    {
        if (format is not ("ndjson" or "json" or "md")) throw ApiException.Invalid($"format is '{format}'; use ndjson, json or md.");
        var transcript = await FindAsync(id, context, transcripts, cancellationToken);
        await transcripts.RecordAsync(context.RequirePrincipal(), transcript, format, context.RestOrigin().Via, cancellationToken);
        return format switch
        {
            "md" => Results.Stream(output => transcript.WriteMarkdownAsync(output, context.RequestAborted), "text/markdown; charset=utf-8", $"{id}.transcript.md"),
            "json" => Results.Stream(output => transcript.WriteJsonAsync(output, context.RequestAborted), "application/json", $"{id}.transcript.json"),
            _ => Results.Stream(output => transcript.WriteRecordsAsync(output, context.RequestAborted), "application/x-ndjson", $"{id}.transcript.ndjson"),
        };
    }

    private static async Task<IResult> VerifyAsync(string id, HttpContext context, SessionTranscripts transcripts, CancellationToken cancellationToken) =>
        Results.Json(await (await FindAsync(id, context, transcripts, cancellationToken)).VerifyAsync(cancellationToken), Json.Wire);

    private static async Task<SessionTranscript> FindAsync(string id, HttpContext context, SessionTranscripts transcripts, CancellationToken cancellationToken) =>
        await transcripts.FindAsync(context.RequirePrincipal(), id, cancellationToken) switch
        {
            null => throw SessionEndpoints.NotFound(),
            { IsRemoved: true } => throw ApiException.NotFound("The transcript of this session is not kept any more (Sessions:TranscriptDays)."),
            var transcript => transcript,
        };
}

using ControlChat.App.Api;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.App.Sessions;

/// <summary>Transcripts over REST: contracts, section 8.</summary>
internal static class TranscriptEndpoints
{
    // Of the newest lines; a page has at most 200.
    private const int MostLast = 500;

    public static void MapTranscripts(this IEndpointRouteBuilder sessions)
    {
        sessions.MapGet("/{id}/transcript", DownloadAsync).WithSummary("All records as NDJSON, which can be verified (?after= those behind a sequence), as JSON or as Markdown; a terminal's also as asciicast").ProducesProblem(404).ProducesProblem(422).With(EmbedRoute.Mark);
        sessions.MapGet("/{id}/transcript/lines", LinesAsync).WithSummary("A terminal's transcript as readable lines; ?text= finds words, ?last= gives the newest ones").ProducesProblem(404).ProducesProblem(422).With(EmbedRoute.Mark);
        sessions.MapGet("/{id}/transcript/verify", VerifyAsync).WithSummary("Checks the transcript's records, and that they are what the database holds").Produces<TranscriptVerdict>().ProducesProblem(404).With(EmbedRoute.Mark);
    }

    private static async Task<IResult> DownloadAsync(string id, HttpContext context, SessionTranscripts transcripts, CancellationToken cancellationToken, string? format = "ndjson", long after = 0)
    {
        // Its whole name means it too.
        if (format == "asciicast") format = "cast";
        if (format is not ("ndjson" or "json" or "md" or "cast")) throw ApiException.Invalid($"format is '{format}'; use ndjson, json, md or cast.");
        if (after < 0 || (after > 0 && format != "ndjson")) throw ApiException.Invalid("'after' is a sequence, and goes with ndjson.");
        var transcript = await FindAsync(id, context, transcripts, cancellationToken);
        if (format == "cast" && !transcript.IsTerminal) throw ApiException.Invalid("A chat cannot be played: format cast is for terminals; use ndjson, json or md.");
        await transcript.CheckAsync(cancellationToken);
        await transcripts.RecordAsync(context.RequirePrincipal(), transcript, format, context.RestOrigin().Via, cancellationToken);
        return format switch
        {
            "md" => Results.Stream(output => transcript.WriteMarkdownAsync(output, context.RequestAborted), "text/markdown; charset=utf-8", $"{id}.transcript.md"),
            "json" => Results.Stream(output => transcript.WriteJsonAsync(output, context.RequestAborted), "application/json", $"{id}.transcript.json"),
            "cast" => Results.Stream(output => transcript.WriteCastAsync(output, context.RequestAborted), "application/x-asciicast", $"{id}.transcript.cast"),
            _ => Results.Stream(output => transcript.WriteRecordsAsync(output, after, context.RequestAborted), "application/x-ndjson", $"{id}.transcript.ndjson"),
        };
    }

    private static async Task<IResult> LinesAsync(string id, HttpContext context, SessionTranscripts transcripts, TerminalReading reading, string? after, string? text, int? limit, int? last, CancellationToken cancellationToken)
    {
        if (LineCursor.Read(after) is not { } place) throw ApiException.Invalid("'after' must be a sequence, or the next_cursor of a page.");
        if (text is { Length: 0 or > TerminalReading.MostText }) throw ApiException.Invalid($"'text' must have 1 to {TerminalReading.MostText} characters.");
        if (!(await FindAsync(id, context, transcripts, cancellationToken)).IsTerminal) throw ApiException.Invalid("This session is a chat: its lines are its events.");
        var principal = context.RequirePrincipal();
        if (last is not null)
        {
            if (after is not null || text is not null || limit is not null) throw ApiException.Invalid("'last' stands alone: it asks for the newest lines.");
            limit = Pages.Limit(last, most: MostLast);
            place = await reading.BeforeAsync(principal, id, null, limit.Value, cancellationToken) ?? throw SessionEndpoints.NotFound();
            return LinesOf(await reading.PageAsync(principal, id, place, limit.Value, cancellationToken));
        }
        var page = text is null ? await reading.PageAsync(principal, id, place, Pages.Limit(limit), cancellationToken) : await reading.FindAsync(principal, id, text, place, Pages.Limit(limit), cancellationToken);
        return LinesOf(page);
    }

    private static IResult LinesOf(LinePage? page) => Results.Json(new Page<ReadableLine>((page ?? throw SessionEndpoints.NotFound()).Items, page.Next?.ToString()), Json.Wire);

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

using ControlChat.App.Api;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;

namespace ControlChat.App.Conversations;

internal static class ConversationEndpoints
{
    public static void MapConversations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/conversations").WithTags("Conversations");
        group.MapPost("/", CreateAsync).WithSummary("Begins a conversation").Produces<ConversationBody>(201).ProducesProblem(422);
        group.MapGet("/", ListAsync).WithSummary("One's own conversations, newest first; text searches titles and messages").Produces<PageBody<ConversationItem>>();
        group.MapGet("/{id}", FindAsync).WithSummary("A conversation with its newest 200 messages").Produces<ConversationDetail>().ProducesProblem(404);
        group.MapPatch("/{id}", ChangeAsync).WithSummary("Gives it another title, or archives it").Produces<ConversationBody>().ProducesProblem(404);
        group.MapPost("/{id}/messages", PostAsync).WithSummary("Sends a message; its run is queued").Produces<Posted>(202).ProducesProblem(404).ProducesProblem(422);
        group.MapPost("/{id}/runs/{run}/cancel", CancelAsync).WithSummary("Stops a run, also one that waits").Produces(202).ProducesProblem(404);
        group.MapGet("/{id}/events", ConversationStream.AnswerAsync).WithSummary("The event log: SSE, or one JSON page with Accept: application/json").ProducesProblem(404);
        group.MapGet("/{id}/export", ConversationExport.AnswerAsync).WithSummary("The whole conversation as Markdown or JSON").ProducesProblem(404);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, JsonBody<CreateConversation>? body, ConversationService conversations, CancellationToken cancellationToken)
    {
        try
        {
            var created = await conversations.CreateAsync(context.RequirePrincipal(), body?.Value.Title, cancellationToken);
            return Results.Json(ConversationBody.Of(created), Json.Wire, statusCode: 201);
        }
        catch (ConversationRefusedException e)
        {
            throw new ApiException(422, e.Code, e.Message);
        }
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, ConversationService conversations, string? text, bool? archived, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var filter = new ConversationFilter(text, archived ?? false, Pages.Limit(limit), cursor);
        try
        {
            var page = await conversations.ListAsync(context.RequirePrincipal(), filter, cancellationToken);
            return Pages.Page(page.Items, page.NextCursor);
        }
        catch (ConversationRefusedException e)
        {
            throw new ApiException(422, e.Code, e.Message);
        }
    }

    private static async Task<IResult> FindAsync(HttpContext context, string id, ConversationService conversations, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "before_seq")] long? beforeSeq, CancellationToken cancellationToken) =>
        await conversations.FindAsync(context.RequirePrincipal(), id, beforeSeq, cancellationToken) is { } view
            ? Results.Json(ConversationDetail.Of(view), Json.Wire)
            : throw NotFound();

    private static async Task<IResult> ChangeAsync(HttpContext context, string id, JsonBody<ChangeConversation> body, ConversationService conversations, CancellationToken cancellationToken)
    {
        try
        {
            var changed = await conversations.ChangeAsync(context.RequirePrincipal(), id, body.Value.Title, body.Value.Archived, cancellationToken) ?? throw NotFound();
            return Results.Json(ConversationBody.Of(changed), Json.Wire);
        }
        catch (ConversationRefusedException e)
        {
            throw new ApiException(422, e.Code, e.Message);
        }
    }

    private static async Task<IResult> PostAsync(HttpContext context, string id, JsonBody<PostMessage> body, ConversationService conversations, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        // What a signed-in browser sends was typed there; a token's text may come from anywhere.
        var posted = new PostedMessage(body.Value.Text, body.Value.RequestId, principal.IsToken ? "rest" : "ui");
        return await conversations.PostAsync(principal, id, posted, cancellationToken) switch
        {
            PostResult.Accepted accepted => Results.Json(new Posted(accepted.MessageId, accepted.RunId), Json.Wire, statusCode: 202),
            PostResult.Refused { Code: "rate_limited" } refused => throw new ApiException(429, refused.Code, refused.Message) { RetryAfter = 5 },
            PostResult.Refused refused => throw new ApiException(422, refused.Code, refused.Message),
            _ => throw NotFound(),
        };
    }

    private static async Task<IResult> CancelAsync(HttpContext context, string id, string run, RunControl runs, CancellationToken cancellationToken) =>
        await runs.CancelAsync(context.RequirePrincipal(), id, run, cancellationToken)
            ? Results.Json(new { run_id = run }, Json.Wire, statusCode: 202)
            : throw ApiException.NotFound("There is no such run.");

    internal static ApiException NotFound() => ApiException.NotFound("There is no such conversation.");

    private sealed record CreateConversation(string? Title = null);

    private sealed record ChangeConversation(string? Title = null, bool? Archived = null);

    private sealed record PostMessage(string Text, string RequestId);

    private sealed record Posted(string MessageId, string RunId);
}

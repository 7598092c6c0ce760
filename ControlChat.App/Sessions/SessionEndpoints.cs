using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.App.Sessions.Streams;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions;

/// <summary>Agent sessions over REST: contracts, section 8.</summary>
internal static class SessionEndpoints
{
    // The other address at its place is no session.
    private const string One = "/{id:regex(^(?!panic-stop$))}";
    private static readonly string[] Scopes = ["mine", "all", "session"];

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/api/v1/sessions").WithTags("Sessions");
        sessions.MapPost("", StartAsync).WithSummary("Puts an agent session into the queue").Produces<SessionView>(202).ProducesProblem(404).ProducesProblem(422).ProducesProblem(429);
        sessions.MapGet("", ListAsync).WithSummary("One's own sessions, newest first; all=true for admins").Produces<Page<SessionView>>();
        sessions.MapGet(One, FindAsync).WithSummary("One session").Produces<SessionView>().ProducesProblem(404).With(EmbedRoute.Mark);
        sessions.MapPost("/{id}/messages", MessageAsync).WithSummary("Says something to the agent").Produces(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        sessions.MapPost("/{id}/interrupt", InterruptAsync).WithSummary("The agent leaves off what it does; the session goes on").Produces(202).ProducesProblem(404).ProducesProblem(409);
        sessions.MapDelete(One, StopAsync).WithSummary("Ends the session").Produces(202).ProducesProblem(403).ProducesProblem(404).With(EmbedRoute.Mark);
        sessions.MapPost("/panic-stop", PanicAsync).WithSummary("Ends many sessions at once; never waits for an approval, never frozen").Produces(200).ProducesProblem(403).ProducesProblem(404);
        sessions.MapGet("/{id}/events", SessionStream.AnswerAsync).WithSummary("What happens in the session: SSE, or one JSON page with Accept: application/json; ?text= finds words").ProducesProblem(404).ProducesProblem(422);
        sessions.MapTranscripts();
        sessions.MapStreams();
    }

    private static async Task<IResult> StartAsync(JsonBody<StartBody> body, HttpContext context, IToolGate gate, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var arguments = JsonSerializer.SerializeToElement(Arguments(asked), Json.Wire);
        var outcome = await gate.InvokeAsync(context.RequirePrincipal(), new ToolCall(SessionActions.Start, asked.RequestId, arguments, context.RestOrigin()) { IsCommand = true }, cancellationToken);
        return outcome.Status == "completed" ? Results.Json(outcome.Result, Json.Wire, statusCode: 202) : outcome.ToResult();
    }

    // What is not said is left out: the hub's own defaults stand for it.
    private static JsonObject Arguments(StartBody asked)
    {
        var arguments = new JsonObject();
        if (asked.WorkspaceId is { } workspace) arguments["workspace_id"] = workspace;
        if (asked.Mode is { } mode) arguments["mode"] = mode;
        if (asked.Profile is { } profile) arguments["profile"] = profile;
        if (asked.Command is { ValueKind: not JsonValueKind.Null } command) arguments["command"] = Words(command);
        if (asked.InitialMessage is { } message) arguments["initial_message"] = message;
        return arguments;
    }

    // A program alone may be said without a list.
    private static JsonArray Words(JsonElement command)
    {
        if (command.ValueKind == JsonValueKind.String) return [command.GetString()];
        if (command.ValueKind != JsonValueKind.Array || command.EnumerateArray().Any(w => w.ValueKind != JsonValueKind.String)) throw ApiException.Invalid("'command' must be a list of words: the program, then its arguments.");
        return [.. command.EnumerateArray().Select(w => (JsonNode?)w.GetString())];
    }

    private static async Task<IResult> ListAsync(HttpContext context, SessionCommands sessions, string? workspace_id, bool? open, bool? all, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var (items, next) = await sessions.ListAsync(context.RequirePrincipal(), new SessionFilter(null, workspace_id, open, cursor, Pages.Limit(limit)), all ?? false, cancellationToken);
        return Results.Json(new Page<SessionView>(items, next), Json.Wire);
    }

    private static async Task<IResult> FindAsync(string id, HttpContext context, SessionCommands sessions, CancellationToken cancellationToken) =>
        Results.Json(await sessions.FindAsync(context.RequirePrincipal(), id, cancellationToken) ?? throw NotFound(), Json.Wire);

    private static async Task<IResult> MessageAsync(string id, JsonBody<MessageBody> body, HttpContext context, IToolGate gate, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(body.Value.Text)) throw new ApiException(400, "invalid", "No message provided");
        var arguments = JsonSerializer.SerializeToElement(new { session_id = id, text = body.Value.Text }, Json.Wire);
        var outcome = await gate.InvokeAsync(context.RequirePrincipal(), new ToolCall(SessionActions.Message, body.Value.RequestId, arguments, context.RestOrigin()) { IsCommand = true }, cancellationToken);
        return outcome.Status == "completed" ? Results.Json(outcome.Result, Json.Wire, statusCode: 202) : outcome.ToResult();
    }

    private static async Task<IResult> InterruptAsync(string id, HttpContext context, SessionCommands sessions, CancellationToken cancellationToken) =>
        Answer(id, await sessions.InterruptAsync(context.RequirePrincipal(), id, cancellationToken));

    private static async Task<IResult> StopAsync(string id, HttpContext context, SessionCommands sessions, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        if (context.GetEmbedPass() is { MayControl: false }) throw ApiException.Denied("This embedded page may only look.");
        return Answer(id, await sessions.StopAsync(principal, id, context.RestOrigin().Via, cancellationToken));
    }

    private static async Task<IResult> PanicAsync(JsonBody<PanicBody> body, HttpContext context, SessionCommands sessions, CancellationToken cancellationToken)
    {
        var (scope, id) = (body.Value.Scope, body.Value.SessionId);
        if (!Scopes.Contains(scope)) throw ApiException.Invalid("'scope' must be mine, all or session.");
        if (scope == "session" != id is not null) throw ApiException.Invalid("'session_id' belongs to the scope 'session'.");
        var stopped = await sessions.PanicAsync(context.RequirePrincipal(), scope, id, context.RestOrigin().Via, cancellationToken);
        if (stopped is null && scope == "session" && await sessions.FindAsync(context.RequirePrincipal(), id!, cancellationToken) is null) throw NotFound();
        if (stopped is null) throw ApiException.Denied(scope == "session" ? "Only who may work in the workspace may do this." : "Only an admin may stop everybody's sessions.");
        return Results.Json(new { stopped }, Json.Wire);
    }

    private static IResult Answer(string id, SessionCommandResult result) => result switch
    {
        SessionCommandResult.Done => Results.Json(new { session_id = id }, Json.Wire, statusCode: 202),
        SessionCommandResult.Denied => throw ApiException.Denied("Only who may work in the workspace may do this."),
        SessionCommandResult.Held => throw new ApiException(409, "conflict", "Somebody else types into this terminal. Ask for control in it first."),
        SessionCommandResult.Ended => throw new ApiException(409, "conflict", "The session has ended."),
        _ => throw NotFound(),
    };

    internal static ApiException NotFound() => ApiException.NotFound("There is no such session.");

    private sealed record StartBody(string? RequestId = null, string? WorkspaceId = null, string? Mode = null, string? Profile = null, JsonElement? Command = null, string? InitialMessage = null);

    private sealed record MessageBody(string? Text = null, string? RequestId = null);

    private sealed record PanicBody(string Scope, string? SessionId = null);
}

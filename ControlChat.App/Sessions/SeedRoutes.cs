using System.Text.Json;
using ControlChat.App.Api;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Sessions;

/// <summary>
/// The routes of the first design (R61-R64): other addresses of the same sessions, with the answers its clients know. A <c>runid</c> is a
/// workspace, a <c>config</c> a profile. Rights, limits, stop switches and the record are those of <see cref="SessionEndpoints"/>.
/// </summary>
internal static class SeedRoutes
{
    private const string Chat = "/runs/{runid}/{config}/agent/chat";
    private const string One = Chat + "/{session_id}";

    public static void MapSeedRoutes(this IEndpointRouteBuilder routes)
    {
        var seed = routes.MapGroup("").WithTags("Sessions");
        seed.MapPost(Chat, StartAsync).WithSummary("Starts an agent session (first design)").Produces(200).ProducesProblem(404).ProducesProblem(422).ProducesProblem(429);
        seed.MapPost(One, SayAsync).WithSummary("Says something to the agent (first design)").Produces(200).Produces(400).ProducesProblem(404).ProducesProblem(409);
        seed.MapDelete(One, EndAsync).WithSummary("Ends the session (first design)").Produces(200).ProducesProblem(404);
    }

    private static async Task<IResult> StartAsync(string runid, string config, JsonBody<StartBody>? body, HttpContext context, IToolGate gate, IHubSettings settings, CancellationToken cancellationToken)
    {
        // Elsewhere a title will do; here it would be no address for what comes next.
        if (!WorkspaceId.IsOne(runid) && !settings.Current.Hub.IsLite) throw ApiException.NotFound("There is no such workspace. The address begins with its id.");
        var message = string.IsNullOrWhiteSpace(body?.Value.InitialMessage) ? null : body.Value.InitialMessage;
        var outcome = await InvokeAsync(context, gate, SessionActions.Start, new { workspace_id = runid, mode = SessionMode.Chat, profile = config, initial_message = message }, cancellationToken);
        if (outcome.Status != "completed") return outcome.ToResult();
        var id = outcome.Result!["id"]!.GetValue<string>();
        // There is no job of its own any more: what was asked for is the action on the record.
        return Results.Json(new { session_id = id, job_id = outcome.ActionId, redis_channel = Topics.Stream(id), status = "initializing" }, Json.Wire);
    }

    private static async Task<IResult> SayAsync(string runid, string config, string session_id, JsonBody<MessageBody>? body, HttpContext context, SessionCommands sessions, IToolGate gate, CancellationToken cancellationToken)
    {
        await RequireAsync(context, sessions, runid, config, session_id, cancellationToken);
        if (string.IsNullOrWhiteSpace(body?.Value.Message)) return Results.Json(new { error = "No message provided" }, Json.Wire, statusCode: 400);
        var outcome = await InvokeAsync(context, gate, SessionActions.Message, new { session_id, text = body.Value.Message }, cancellationToken);
        return outcome.Status == "completed" ? Results.Json(new { status = "sent" }, Json.Wire) : outcome.ToResult();
    }

    private static async Task<IResult> EndAsync(string runid, string config, string session_id, HttpContext context, SessionCommands sessions, CancellationToken cancellationToken)
    {
        await RequireAsync(context, sessions, runid, config, session_id, cancellationToken);
        return await sessions.StopAsync(context.RequirePrincipal(), session_id, context.RestOrigin().Via, cancellationToken) switch
        {
            SessionCommandResult.Done => Results.Json(new { status = "terminated" }, Json.Wire),
            SessionCommandResult.Denied => throw ApiException.Denied("Only who may work in the workspace may do this."),
            _ => throw SessionEndpoints.NotFound(),
        };
    }

    // The address names the workspace and the profile too: one that is not so is no address of this session.
    private static async Task RequireAsync(HttpContext context, SessionCommands sessions, string workspace, string profile, string id, CancellationToken cancellationToken)
    {
        var session = await sessions.FindAsync(context.RequirePrincipal(), id, cancellationToken);
        if (session is null || session.WorkspaceId != workspace || session.Profile != profile) throw SessionEndpoints.NotFound();
    }

    // Its clients send no id of their own, so every request is a new one.
    private static Task<Outcome> InvokeAsync(HttpContext context, IToolGate gate, string action, object arguments, CancellationToken cancellationToken) =>
        gate.InvokeAsync(context.RequirePrincipal(), new ToolCall(action, Ids.New("seed"), JsonSerializer.SerializeToElement(arguments, Json.Wire), context.RestOrigin()) { IsCommand = true }, cancellationToken);

    private sealed record StartBody(string? InitialMessage = null);

    private sealed record MessageBody(string? Message = null);
}

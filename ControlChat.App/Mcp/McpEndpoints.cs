using ControlChat.App.Api;
using ControlChat.Core.Mcp;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Mcp;

/// <summary>
/// Tools over MCP: <c>/mcp/workspace</c> for whoever has a session's token, <c>/agent-tools/v1/mcp</c> for agents of this machine, who have
/// their session's handle, and <c>/mcp/control</c> for people's own agents, who have an API token. No cookie opens any of them.
/// </summary>
internal static class McpEndpoints
{
    private const string Bearer = "Bearer ";

    public static IServiceCollection AddMcpDoors(this IServiceCollection services) => services.AddSingleton<McpConnections>().AddSingleton<McpDoor>().AddSingleton<AgentToolsDoor>();

    public static void MapMcp(this IEndpointRouteBuilder routes)
    {
        const string Workspace = "/mcp/workspace";
        routes.MapPost(Workspace, static (HttpContext context, McpDoor door, WorkspaceGate gate, WorkspaceServer server) => door.PostAsync(context, () => EnterAsync(context, gate, server))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        routes.MapGet(Workspace, static (HttpContext context, McpDoor door, WorkspaceGate gate, WorkspaceServer server) => door.GetAsync(context, () => EnterAsync(context, gate, server))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        routes.MapDelete(Workspace, static (HttpContext context, McpDoor door, WorkspaceGate gate, WorkspaceServer server) => door.DeleteAsync(context, () => EnterAsync(context, gate, server))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        const string Control = "/mcp/control";
        routes.MapPost(Control, static (HttpContext context, McpDoor door, ControlServer server) => door.PostAsync(context, () => Task.FromResult(EnterControl(context, server)))).CheckScopeInside().ExcludeFromDescription();
        routes.MapGet(Control, static (HttpContext context, McpDoor door, ControlServer server) => door.GetAsync(context, () => Task.FromResult(EnterControl(context, server)))).CheckScopeInside().ExcludeFromDescription();
        routes.MapDelete(Control, static (HttpContext context, McpDoor door, ControlServer server) => door.DeleteAsync(context, () => Task.FromResult(EnterControl(context, server)))).CheckScopeInside().ExcludeFromDescription();
    }

    public static void MapAgentTools(this IEndpointRouteBuilder routes)
    {
        const string Path = "/agent-tools/v1/mcp";
        routes.MapPost(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents, WorkspaceServer server) => door.PostAsync(context, () => EnterAsync(context, agents, server))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.MapGet(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents, WorkspaceServer server) => door.GetAsync(context, () => EnterAsync(context, agents, server))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.MapDelete(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents, WorkspaceServer server) => door.DeleteAsync(context, () => EnterAsync(context, agents, server))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.Map("/agent-tools/{**rest}", static () => Results.NotFound()).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
    }

    private static async Task<McpCaller> EnterAsync(HttpContext context, WorkspaceGate gate, WorkspaceServer server) => Caller(context, server, await gate.EnterAsync(
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null, context.RequestAborted));

    private static async Task<McpCaller> EnterAsync(HttpContext context, AgentToolsDoor agents, WorkspaceServer server) => Caller(context, server, await agents.EnterAsync(context));

    private static McpCaller Caller(HttpContext context, WorkspaceServer server, WorkspaceEntry entry) => entry switch
    {
        WorkspaceEntry.Allowed { Caller: var caller } => new McpCaller(caller.Session.Id, caller.Session.OwnerId, WorkspaceServer.UserOf(caller), caller.Session.ExpiresAt, () => server.Options),
        WorkspaceEntry.Refused { Words: var words } => throw Unauthenticated(context, words),
        _ => throw new ArgumentException($"{entry} is no entry.", nameof(entry)),
    };

    private static McpCaller EnterControl(HttpContext context, ControlServer server)
    {
        var principal = context.RequirePrincipal();
        if (principal.TokenId is not { } token) throw Unauthenticated(context, "This address is for agents with an API token (token create). A browser's session does not open it.");
        return new McpCaller(token, principal.AccountId, ControlServer.UserOf(principal, context.TraceId()), null, () => server.Options);
    }

    private static ApiException Unauthenticated(HttpContext context, string words)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return new ApiException(401, "unauthenticated", words);
    }
}

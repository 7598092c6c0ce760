using ControlChat.App.Api;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Mcp;

/// <summary>
/// The tools of a workspace over MCP: <c>/mcp/workspace</c> for whoever has a session's token, and <c>/agent-tools/v1/mcp</c> for agents of
/// this machine, who have their session's handle. No cookie and no account opens either.
/// </summary>
internal static class McpEndpoints
{
    private const string Bearer = "Bearer ";

    public static IServiceCollection AddWorkspaceMcp(this IServiceCollection services) => services.AddSingleton<McpConnections>().AddSingleton<McpDoor>().AddSingleton<AgentToolsDoor>();

    public static void MapWorkspaceMcp(this IEndpointRouteBuilder routes)
    {
        const string Path = "/mcp/workspace";
        routes.MapPost(Path, static (HttpContext context, McpDoor door, WorkspaceGate gate) => door.PostAsync(context, () => EnterAsync(context, gate))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        routes.MapGet(Path, static (HttpContext context, McpDoor door, WorkspaceGate gate) => door.GetAsync(context, () => EnterAsync(context, gate))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
        routes.MapDelete(Path, static (HttpContext context, McpDoor door, WorkspaceGate gate) => door.DeleteAsync(context, () => EnterAsync(context, gate))).AllowAnonymous().With(TokenRoute.Mark).ExcludeFromDescription();
    }

    public static void MapAgentTools(this IEndpointRouteBuilder routes)
    {
        const string Path = "/agent-tools/v1/mcp";
        routes.MapPost(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents) => door.PostAsync(context, () => agents.EnterAsync(context))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.MapGet(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents) => door.GetAsync(context, () => agents.EnterAsync(context))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.MapDelete(Path, static (HttpContext context, McpDoor door, AgentToolsDoor agents) => door.DeleteAsync(context, () => agents.EnterAsync(context))).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        routes.Map("/agent-tools/{**rest}", static () => Results.NotFound()).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
    }

    private static Task<WorkspaceEntry> EnterAsync(HttpContext context, WorkspaceGate gate) => gate.EnterAsync(
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null, context.RequestAborted);
}

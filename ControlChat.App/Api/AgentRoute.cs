namespace ControlChat.App.Api;

/// <summary>
/// A route for agents inside workspaces, who show the handle of their session and nothing else: no cookie, no account, no API token is
/// looked at there. Everybody else finds nothing at it.
/// </summary>
internal sealed class AgentRoute
{
    public static AgentRoute Mark { get; } = new();
}

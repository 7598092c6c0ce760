namespace ControlChat.Core.Sessions;

/// <summary>How a thread is to run.</summary>
/// <param name="Directory">The workspace, as the agent sees it; absolute.</param>
/// <param name="PermissionProfile">The profile of the agent's configuration it must run under.</param>
/// <param name="Instructions">What the agent is told before anything else; null for nothing.</param>
/// <param name="ThreadId">The thread to take up; null for a new one.</param>
public sealed record AgentOrder(string Directory, string PermissionProfile, string? Instructions, IReadOnlyList<AgentToolServer> ToolServers, string? ThreadId = null);

/// <param name="Name">Lower-case letters, digits, <c>_</c> and <c>-</c>.</param>
/// <param name="Authorization">Value of the header; goes to the agent's process over its input, never to a command line, environment or disk.</param>
/// <param name="Asks">Whether a person is asked before a call of a tool that the server does not mark as read-only.</param>
public sealed record AgentToolServer(string Name, Uri Address, string? Authorization, bool Asks);

using System.Security.Claims;
using ModelContextProtocol.Server;

namespace ControlChat.App.Mcp;

/// <summary>Who sends a message, as found out for this very message, and what is offered there.</summary>
/// <param name="Owner">Whose its connections are: an agent's session, or an API token.</param>
/// <param name="Account">Whom it acts for; all of one account's connections count together.</param>
/// <param name="User">What the server's handlers see of the caller.</param>
/// <param name="EndsAt">When its rights end at the latest; null: not known.</param>
/// <param name="Options">Of the server a new connection of this caller gets.</param>
internal sealed record McpCaller(string Owner, string Account, ClaimsPrincipal User, DateTimeOffset? EndsAt, Func<McpServerOptions> Options);

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;

namespace ControlChat.Core.Mcp;

/// <summary>A tool that an agent may call inside its workspace. To add one: its file, its test, and its line in <see cref="McpServices"/>.</summary>
public interface IWorkspaceTool
{
    WorkspaceToolDefinition Definition { get; }

    /// <param name="arguments">As they came; whatever does not fit the schema is refused.</param>
    /// <returns>What stands in the result's <c>structuredContent</c>.</returns>
    /// <exception cref="Gate.ToolRefusedException">It cannot be done; the message is for the model.</exception>
    Task<JsonObject> CallAsync(WorkspaceRequest request, JsonElement arguments, CancellationToken cancellationToken);
}

/// <param name="Name">On the wire.</param>
/// <param name="Scope">What a token must have, of <see cref="Sessions.Tokens.AgentScopes"/>.</param>
/// <param name="Description">Written for the model.</param>
/// <param name="InputSchema">Generated from the argument record; unknown fields are refused.</param>
public sealed record WorkspaceToolDefinition(string Name, string Scope, string Description, JsonElement InputSchema)
{
    /// <summary>The name of the tool that this one is another name of; else its own.</summary>
    public string Tool { get; init; } = Name;

    /// <summary>It changes nothing, so nobody is asked.</summary>
    public bool IsReadOnly => Scope == Sessions.Tokens.AgentScopes.FilesRead;
}

/// <summary>One call: for whom, and the files that are open to them.</summary>
public sealed record WorkspaceRequest(WorkspaceCaller Caller, AgentFiles Files);

using System.Text.Json.Nodes;

namespace ControlChat.App.Workspaces;

/// <summary>A tool to call for each of some workspaces.</summary>
/// <param name="Arguments">Of one workspace, by its id.</param>
public sealed record WorkspaceAsk(string Tool, Func<string, JsonObject> Arguments);

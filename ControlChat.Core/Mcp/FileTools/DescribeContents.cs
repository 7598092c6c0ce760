using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.FileTools;

/// <summary>Counts and samples of what is in the workspace, never a list of all of it.</summary>
internal sealed class DescribeContents() : WorkspaceTool<DescribeContents.Arguments>("describe_workspace_contents", AgentScopes.FilesRead,
    "Says what the workspace holds: how many files of each category, with at most five samples. Begin here; then list a directory or read a file.")
{
    public static JsonObject Describe(WorkspaceRequest request, string? category) => JsonNode.Parse(request.Files.Describe(category))!.AsObject();

    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) => Task.FromResult(Describe(request, arguments.Category));

    internal sealed record Arguments([Description("Only this category; without it all of them.")][MaxLength(100)] string? Category = null);
}

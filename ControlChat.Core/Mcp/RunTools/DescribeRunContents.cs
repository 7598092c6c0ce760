using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.FileTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="DescribeContents"/>.</summary>
internal sealed class DescribeRunContents() : WorkspaceTool<DescribeRunContents.Arguments>("describe_run_contents", AgentScopes.FilesRead,
    "Says what a run holds: how many files of each category, with at most five samples.", sameAs: "describe_workspace_contents")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(DescribeContents.Describe(request, arguments.Category));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description("Only this category; without it all of them.")][MaxLength(100)] string? Category = null);
}

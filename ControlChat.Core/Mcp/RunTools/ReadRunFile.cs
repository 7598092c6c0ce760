using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.FileTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="ReadFile"/>.</summary>
internal sealed class ReadRunFile() : WorkspaceTool<ReadRunFile.Arguments>("read_run_file", AgentScopes.FilesRead,
    "Reads a text file of a run as a whole.", sameAs: "read_workspace_file")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(ReadFile.Read(request, arguments.Path, null, null));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description("The file, relative to the run.")][MinLength(1)][MaxLength(4096)] string Path);
}

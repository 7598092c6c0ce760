using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.FileTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="ListFiles"/>.</summary>
internal sealed class ListRunFiles() : WorkspaceTool<ListRunFiles.Arguments>("list_run_files", AgentScopes.FilesRead,
    "Lists one directory of a run, not those below it, in pages.", sameAs: "list_workspace_files")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(ListFiles.List(request, arguments.Path, arguments.Cursor, arguments.Limit));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description("The directory, relative to the run; without it the run itself.")][MaxLength(4096)] string? Path = null,
        [Description("The next_cursor of the page before.")][MaxLength(2048)] string? Cursor = null,
        [Description("Entries of one page; 200 unless said otherwise.")][Range(1, 1000)] int? Limit = null);
}

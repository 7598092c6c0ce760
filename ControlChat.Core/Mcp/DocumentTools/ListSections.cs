using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>The headings of a Markdown document.</summary>
internal sealed class ListSections() : WorkspaceTool<ListSections.Arguments>("list_sections", AgentScopes.FilesRead,
    "Lists the sections of a Markdown document of the workspace: heading, level, title, lines, and whether anything stands below it.")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) => Task.FromResult(SectionView.List(request, arguments.Path));

    internal sealed record Arguments([Description("The document, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path);
}

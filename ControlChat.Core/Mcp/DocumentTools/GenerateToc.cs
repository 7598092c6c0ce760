using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>The table of contents of a Markdown document.</summary>
internal sealed class GenerateToc() : WorkspaceTool<GenerateToc.Arguments>("generate_toc", AgentScopes.DocumentsWrite,
    "Writes the table of contents of a Markdown document anew, between its lines <!-- toc --> and <!-- /toc -->.")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(DocumentWriting.Edit(request, arguments.Path, [new DocumentEdit.GenerateToc(arguments.MinLevel ?? 2, arguments.MaxLevel ?? Math.Max(3, arguments.MinLevel ?? 0))]));

    internal sealed record Arguments(
        [Description("The document, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path,
        [Description("The highest level listed; 2 unless said otherwise.")][Range(1, 6)] int? MinLevel = null,
        [Description("The lowest level listed; 3 unless said otherwise.")][Range(1, 6)] int? MaxLevel = null);
}

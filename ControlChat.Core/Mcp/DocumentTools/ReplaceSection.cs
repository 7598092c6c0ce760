using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>Other content for one section.</summary>
internal sealed class ReplaceSection() : WorkspaceTool<ReplaceSection.Arguments>("replace_section", AgentScopes.DocumentsWrite,
    "Puts other content into one section of a Markdown document and leaves every other byte as it was. What was there before is kept. Answers whether it was applied, with the difference.")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) => Task.FromResult(DocumentWriting.Edit(
        request, arguments.Path, [new DocumentEdit.ReplaceSection(arguments.HeadingPattern, arguments.NewContent, arguments.KeepHeading ?? true, arguments.Occurrence)]));

    internal sealed record Arguments(
        [Description("The document, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path,
        [Description("The title of the section as it reads; * and ? stand for any characters and for one.")][MinLength(1)][MaxLength(1000)] string HeadingPattern,
        [Description("Markdown, without the heading unless keep_heading is false. Empty empties the section.")][MaxLength(10_485_760)] string NewContent,
        [Description("False: the content takes the place of the heading too. True unless said otherwise.")] bool? KeepHeading = null,
        [Description("Which of several sections that fit, from 1 in the order of the text.")][Range(1, 1_000_000)] int? Occurrence = null);
}

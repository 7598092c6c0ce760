using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>One section of a Markdown document.</summary>
internal sealed class ReadSection() : WorkspaceTool<ReadSection.Arguments>("read_section", AgentScopes.FilesRead,
    "Reads one section of a Markdown document, its heading first and with the sections below it. The pattern is the title as it reads, or a part of it with * before and after.")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken) =>
        Task.FromResult(SectionView.Read(request, arguments.Path, arguments.HeadingPattern, arguments.Occurrence));

    internal sealed record Arguments(
        [Description("The document, relative to the workspace.")][MinLength(1)][MaxLength(4096)] string Path,
        [Description("The title of the section as it reads; * and ? stand for any characters and for one.")][MinLength(1)][MaxLength(1000)] string HeadingPattern,
        [Description("Which of several sections that fit, from 1 in the order of the text.")][Range(1, 1_000_000)] int? Occurrence = null);
}

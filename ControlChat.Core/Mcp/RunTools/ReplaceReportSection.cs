using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Mcp.DocumentTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="ReplaceSection"/>.</summary>
internal sealed class ReplaceReportSection() : WorkspaceTool<ReplaceReportSection.Arguments>("replace_report_section", AgentScopes.DocumentsWrite,
    "Puts other content into one section of a report. What was there before is kept.", sameAs: "replace_section")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(DocumentWriting.Edit(request, Runs.PathOf(arguments.ReportId), [new DocumentEdit.ReplaceSection(arguments.HeadingPattern, arguments.NewContent, arguments.KeepHeading ?? true)]));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description(Runs.ReportId)][MinLength(1)][MaxLength(200)] string ReportId,
        [Description("The title of the section as it reads; * and ? stand for any characters and for one.")][MinLength(1)][MaxLength(1000)] string HeadingPattern,
        [Description("Markdown, without the heading unless keep_heading is false.")][MaxLength(10_485_760)] string NewContent,
        [Description("False: the content takes the place of the heading too. True unless said otherwise.")] bool? KeepHeading = null);
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.DocumentTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="ReadSection"/>.</summary>
internal sealed class ReadReportSection() : WorkspaceTool<ReadReportSection.Arguments>("read_report_section", AgentScopes.FilesRead,
    "Reads one section of a report by its heading.", sameAs: "read_section")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(SectionView.Read(request, Runs.PathOf(arguments.ReportId), arguments.HeadingPattern, null));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description(Runs.ReportId)][MinLength(1)][MaxLength(200)] string ReportId,
        [Description("The title of the section as it reads; * and ? stand for any characters and for one.")][MinLength(1)][MaxLength(1000)] string HeadingPattern);
}

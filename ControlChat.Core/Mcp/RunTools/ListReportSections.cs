using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.DocumentTools;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>Another name of <see cref="ListSections"/>.</summary>
internal sealed class ListReportSections() : WorkspaceTool<ListReportSections.Arguments>("list_report_sections", AgentScopes.FilesRead,
    "Lists the sections of a report: heading, level, title, and whether anything stands below it.", sameAs: "list_sections")
{
    protected override Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        Runs.Check(request, arguments.Runid);
        return Task.FromResult(SectionView.List(request, Runs.PathOf(arguments.ReportId)));
    }

    internal sealed record Arguments(
        [Description(Runs.RunId)][MinLength(1)][MaxLength(100)] string Runid,
        [Description(Runs.ReportId)][MinLength(1)][MaxLength(200)] string ReportId);
}

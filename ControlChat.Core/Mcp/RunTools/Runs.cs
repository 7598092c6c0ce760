using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.RunTools;

/// <summary>The words of the tools that name a workspace a run and a document a report.</summary>
internal static class Runs
{
    public const string RunId = "The id of the workspace.";
    public const string ReportId = "The name of the report, without folder and extension; AGENTS for AGENTS.md.";

    /// <exception cref="ToolRefusedException">The token is for another workspace.</exception>
    public static void Check(WorkspaceRequest request, string runId)
    {
        if (runId != request.Caller.Session.WorkspaceId) throw ToolRefusedException.Denied($"Access denied to run {runId}");
    }

    /// <exception cref="ToolRefusedException">It is no name of a report.</exception>
    public static string PathOf(string reportId) => reportId switch
    {
        "AGENTS" => "AGENTS.md",
        _ when reportId.Contains('/', StringComparison.Ordinal) => throw ToolRefusedException.Invalid("The name of a report is no path: it holds no slash."),
        _ => $"reports/{reportId}.md",
    };
}

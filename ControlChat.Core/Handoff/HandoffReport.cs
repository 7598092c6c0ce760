using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Handoffs;

namespace ControlChat.Core.Handoff;

/// <summary>Where something a task made is shown.</summary>
/// <param name="Href">On this hub, from its root.</param>
public sealed record ReportLink(string Title, string Href);

/// <summary>What a task came to, as the conversation is told: the agent's own words, and what the hub saw.</summary>
/// <param name="Report">Untrusted; empty when the agent said nothing.</param>
/// <param name="Reason">The hub's words, when it did not end by itself; else null.</param>
internal sealed record HandoffReport(string Status, string Report, string? Reason, IReadOnlyList<ReportCheck> Checks, IReadOnlyList<ReportLink> Links)
{
    public const int MostReport = 8000;
    private const int MostLinks = 20;

    public static HandoffReport Of(HandoffRow handoff, TurnAccount account, IReadOnlyList<ReportCheck> checks)
    {
        var fine = checks.All(c => c.IsFine);
        var status = account.Broken ?? (fine ? HandoffStatus.Completed : HandoffStatus.Incomplete);
        return new HandoffReport(status, Cut(account.Report), account.Fault, checks, LinksTo(handoff.WorkspaceId, checks));
    }

    public JsonObject ToEvent(HandoffRow handoff)
    {
        var data = JsonSerializer.SerializeToNode(this, Json.Wire)!.AsObject();
        data.Insert(0, "handoff_id", handoff.Id);
        data.Insert(1, "session_id", handoff.SessionId);
        return data;
    }

    // A message is part of what a model reads later; the card has all of them.
    private const int MostTold = 40;

    /// <summary>As a message of the conversation, in Markdown: the agent's words stand in a quotation.</summary>
    /// <param name="hub">The hub's address; empty when it has none.</param>
    public string ToMessage(string hub)
    {
        var text = new StringBuilder(Head());
        if (Reason is { } reason) text.Append(' ').Append(Plain(reason));
        if (Report.Length > 0) text.Append("\n\nThe agent's report:\n\n").Append(Quoted(Report));
        foreach (var check in Checks.Where(c => c.Expected || !c.IsFine).Take(MostTold)) text.Append("\n\n- ").Append(Line(check));
        foreach (var link in Links) text.Append("\n\n").Append(hub.Length == 0 ? Plain(link.Title) : $"[{Plain(link.Title)}]({hub}{link.Href})");
        return StoredText.Of(text.ToString());
    }

    private string Head() => Status switch
    {
        HandoffStatus.Completed => "The workspace agent is done.",
        HandoffStatus.Incomplete => "The workspace agent is done, but not all of it is as it should be.",
        HandoffStatus.Failed => "The workspace agent failed.",
        HandoffStatus.Stopped => "The workspace agent was stopped.",
        _ => "The workspace agent's time was over.",
    };

    private static string Line(ReportCheck check) => Plain(check.Path) + ": " + check.Problem switch
    {
        null => check.Bytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"there, {bytes} bytes") : "there",
        CheckProblem.Missing => "asked for and not there",
        CheckProblem.NotThere => "reported, but not there",
        CheckProblem.StillThere => "reported as deleted, but still there",
        CheckProblem.NotAllowed => "changed, though not among the allowed paths",
        _ => "cannot be looked at: it leads out of the workspace, or is not open to the hub",
    };

    private static IReadOnlyList<ReportLink> LinksTo(string workspaceId, IReadOnlyList<ReportCheck> checks) =>
    [
        .. checks.Where(c => c is { Exists: true, Kind: "file" }).DistinctBy(c => c.Path).Take(MostLinks).Select(c => new ReportLink(c.Path, File(workspaceId, c.Path))),
        new ReportLink("The workspace", $"/workspaces/{workspaceId}"),
    ];

    private static string File(string workspaceId, string path) => $"/workspaces/{workspaceId}/files/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    private static string Cut(string report) => report.Length <= MostReport ? report
        : $"{report[..(char.IsHighSurrogate(report[MostReport - 1]) ? MostReport - 1 : MostReport)]}\n[{report.Length - MostReport} characters left out]";

    private static string Quoted(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => "> " + line));

    // A name is a name, whatever it would be in Markdown.
    private static string Plain(string text) => string.Concat(text.ReplaceLineEndings(" ").Select(c => c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '(' or ')' or '#' or '|' or '!' or '~' ? $"\\{c}" : c.ToString()));
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Audit;

internal sealed class SearchAudit(AuditReader audit) : ReadTool<SearchAudit.Arguments>
{
    public sealed record Arguments(
        [Description("Not before this time, RFC 3339, such as 2026-11-21T08:00:00Z.")] string? From = null,
        [Description("Not after this time, RFC 3339.")] string? To = null,
        [Description("The kind of row, such as tool.applied, tool.denied, approval.consumed, signin.failed.")][MaxLength(64)] string? Event = null,
        [Description("The tool's name, such as workspace.archive.")][MaxLength(64)] string? Tool = null,
        [Description("The id of the account that acted, or 'me'.")][MaxLength(64)] string? Account = null,
        [Description("The workspace's id.")][MaxLength(64)] string? WorkspaceId = null,
        [Description("The run's id.")][MaxLength(64)] string? RunId = null,
        [Description("The action's id, as in an outcome.")][MaxLength(64)] string? ActionId = null,
        [Description("How it ended, such as completed, denied, failed.")][MaxLength(64)] string? Outcome = null,
        [Description("Words of names, ids, arguments or results, each from its beginning, in any case.")][MaxLength(200)] string? Text = null,
        [Description("How many at most; 20 when left out.")][Range(1, 50)] int? Limit = null,
        [Description("next_cursor of the page before.")][MaxLength(32)] string? Cursor = null);

    public override ToolDefinition Definition { get; } = Define("audit.search",
        "Searches the record of what was done, asked, approved and refused, newest first. An admin sees every row, others what they or their tokens did. "
        + "Use it to say who did what and when, or to find the action_id of something to undo. next_cursor leads to older rows, also after a page with few.");

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var viewer = new AuditViewer(context.Principal.AccountId, context.Principal.IsAdmin);
        var page = await SearchAsync(context.Reader, viewer, arguments, cancellationToken);
        var result = new JsonObject { ["items"] = JsonSerializer.SerializeToNode(page.Items, Json.Wire), ["next_cursor"] = page.NextCursor };
        return new ReadResult(result, Untrusted: page.Items.Any(row => !IsOwn(row, context.Principal.AccountId)));
    }

    // What this person typed in the UI, or a clean run of theirs wrote, is their own text, unless it quotes others;
    // what the hub says of itself is, unless it tells what it did to a thing that somebody named.
    private static bool IsOwn(AuditRow row, string account) => row.Actor.Via == "system"
        ? row.Data["effects"] is null && row.Data["error"] is null
        : row.Actor.Account == account && row.Actor.Token is null && row.Actor.Via is "ui" or "ask" && !IsSet(row, "tainted") && !IsSet(row, "untrusted");

    private static bool IsSet(AuditRow row, string flag) => row.Data[flag]?.GetValueKind() is JsonValueKind.True;

    private async Task<AuditRows> SearchAsync(IHubReader reader, AuditViewer viewer, Arguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await audit.SearchAsync(reader, viewer, Filter(arguments, viewer.AccountId), arguments.Cursor, arguments.Limit ?? 20, cancellationToken);
        }
        catch (FormatException e)
        {
            throw ToolRefusedException.Invalid(e.Message);
        }
    }

    private static AuditFilter Filter(Arguments arguments, string me) => new()
    {
        From = Time("from", arguments.From),
        To = Time("to", arguments.To),
        Event = arguments.Event,
        Tool = arguments.Tool,
        Account = arguments.Account == "me" ? me : arguments.Account,
        WorkspaceId = arguments.WorkspaceId,
        RunId = arguments.RunId,
        ActionId = arguments.ActionId,
        Outcome = arguments.Outcome,
        Text = arguments.Text,
    };

    private static DateTimeOffset? Time(string name, string? text) => text is null ? null
        : Timestamps.TryParse(text, out var time) ? time : throw ToolRefusedException.Invalid($"'{name}' is not a time. Use RFC 3339, such as 2026-11-21T08:00:00Z.");
}

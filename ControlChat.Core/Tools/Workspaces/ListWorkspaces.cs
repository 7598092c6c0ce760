using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class ListWorkspaces(WorkspaceSearch search) : ReadTool<ListWorkspaces.Arguments>
{
    public sealed record Arguments(
        [Description("Part of the title, in any case.")] string? Text = null,
        [Description("One tag, exactly.")] string? Tag = null,
        [Description("Only workspaces in this state; all three when left out.")][AllowedValues(WorkspaceState.Active, WorkspaceState.Archived, WorkspaceState.Trashed)] string? State = null,
        [Description("How many at most; 50 when left out.")][Range(1, 50)] int? Limit = null,
        [Description("next_cursor of the page before.")] string? Cursor = null);

    public override ToolDefinition Definition { get; } = Define("workspace.list",
        "Lists the workspaces the person can see, latest change first: id, title, state (active, archived, trashed), tags, pin and role. "
        + "Filters by part of the title, by one tag and by state; a page has at most 50, and next_cursor leads to the next one. Use it to find an id before changing anything.") with
    { Lite = false };

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var after = arguments.Cursor is null ? null
            : WorkspaceCursor.Decode(arguments.Cursor) ?? throw ToolRefusedException.Invalid("'cursor' is not one this hub handed out. Use next_cursor of the page before, or leave it out.");
        var page = await search.ListAsync(context.Reader, context.Principal.AccountId, new WorkspaceFilter(arguments.Text, Tag(arguments), arguments.State, after, arguments.Limit ?? 50), cancellationToken);
        var result = new JsonObject
        {
            ["items"] = JsonSerializer.SerializeToNode(page.Items, Json.Wire),
            ["next_cursor"] = page.Next?.Encode(),
        };
        return new ReadResult(result, page.Items.Any(w => !w.IsTrustedFor(context.Principal.AccountId)));
    }

    private static string? Tag(Arguments arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments.Tag)) return null;
        return WorkspaceText.CleanTag(arguments.Tag, out var tag) is { } problem ? throw WorkspaceWords.Refusal(problem) : tag;
    }
}

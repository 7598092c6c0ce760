using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Ui;

/// <summary>Asks the browser of the person in this conversation to show something: a look, never a change and never a decision.</summary>
internal sealed class UiAction(IUiActions actions, WorkspaceView workspaces, IHubSettings settings) : ReadTool<UiAction.Arguments>
{
    public sealed record Arguments(
        [Description("What to do in the person's browser.")][AllowedValues(UiActionAllowlist.OpenWorkspace, UiActionAllowlist.ShowPage, UiActionAllowlist.ShowTab, UiActionAllowlist.Highlight)] string Action,
        [Description("open_workspace: an id or an exact title. show_page: ask, workspaces, audit, logs, usage, settings. show_tab: workspaces.all, workspaces.active, workspaces.archived, workspaces.trash. highlight: the name of an element, such as composer or workspaces-new.")]
        [MaxLength(200)] string Target);

    public override ToolDefinition Definition { get; } = Define("ui_action",
        "Asks the person's browser to open a workspace, show a page or a tab, or highlight an element. It changes nothing and never leads to an approval. "
        + "Answers result: done, refused, no_browser (none is open on this conversation) or timeout.");

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var target = arguments.Action == UiActionAllowlist.OpenWorkspace ? await WorkspaceAsync(context, arguments.Target, cancellationToken) : arguments.Target.Trim();
        if (!UiActionAllowlist.Allows(arguments.Action, target))
            throw ToolRefusedException.Invalid($"{arguments.Action} knows no such target. There are {string.Join(", ", UiActionAllowlist.TargetsOf(arguments.Action))}. Pages with decisions are opened by the person alone.");
        // Only a conversation has a browser to ask: a call by REST or MCP outside of one has none.
        if (context.Origin.ConversationId is not { } conversation) return Result("no_browser");
        var request = new UiActionRequest(conversation, context.Origin.RunId, context.Principal, arguments.Action, target, context.Origin.Tainted);
        return ReadResult.After(async stop => Result(await actions.RequestAsync(request, stop)));

        ReadResult Result(string result) => new(new JsonObject { ["result"] = result, ["action"] = arguments.Action, ["target"] = target }, Untrusted: false);
    }

    private async Task<string> WorkspaceAsync(PlanningContext context, string idOrTitle, CancellationToken cancellationToken) =>
        settings.Current.Hub.IsLite ? "local" : (await workspaces.ResolveAsync(context, idOrTitle, WorkspaceRole.Viewer, cancellationToken)).Id;
}

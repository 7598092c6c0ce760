using System.ComponentModel;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class PinWorkspace(WorkspaceStore workspaces, WorkspacePins pins, WorkspaceView view) : WriteTool<PinWorkspace.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description("true keeps it at hand, false no longer.")] bool Pinned);

    public override ToolDefinition Definition { get; } = Define("workspace.pin", ToolScope.Write,
        "Pins a workspace for the person who asks, or unpins it. Nobody else sees the pin and the workspace does not change.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var account = context.Principal.AccountId;
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Viewer, cancellationToken);
        if (arguments.Pinned) WorkspaceWords.RequireKept(workspace);
        var pin = WorkspaceResource.Pin(workspace.Id, account);
        return new PlanDraft(
            Call(workspace.Id, arguments.Pinned), $"{(arguments.Pinned ? "Pin" : "Unpin")} {WorkspaceWords.Quote(workspace.Title)}",
            workspace.Pinned == arguments.Pinned ? [] : [new Effect("update", pin, "pinned", workspace.Pinned, arguments.Pinned)],
            [new ReadVersion(pin, await pins.VersionAsync(context.Reader, workspace.Id, account, cancellationToken))], ToolScope.Write)
        {
            Compensation = new Compensation("workspace.pin", Call(workspace.Id, workspace.Pinned)),
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var (effect, account) = (plan.Effects.Single(), context.Principal.AccountId);
        // pin/{workspace}:{account}; whose pin it is comes from who asks, and must be the same.
        var id = effect.Resource[(WorkspaceResource.PinKind.Length + 1)..].Split(':')[0];
        if (effect.Resource != WorkspaceResource.Pin(id, account)) throw ToolRefusedException.Denied("A pin is its owner's affair.");
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Viewer, cancellationToken);
        if (await pins.IsPinnedAsync(context.Transaction, id, account, cancellationToken) != effect.Before!.GetValue<bool>()) throw WorkspaceWords.Moved();
        await pins.SetAsync(context.Transaction, id, account, effect.After!.GetValue<bool>(), cancellationToken);
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }

    private static JsonObject Call(string id, bool pinned) => new() { ["workspace_id"] = id, ["pinned"] = pinned };
}

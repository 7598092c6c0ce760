using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class StopHost(WorkspaceStore workspaces, HostStore hosts, WorkspaceView view) : WriteTool<OneWorkspace>
{
    public override ToolDefinition Definition { get; } = Define("workspace.stop_host", ToolScope.Destructive,
        "Stops the host of a workspace; what runs in it ends, and it costs nothing any more. Asks a person. Files stay.") with
    { Lite = false, NeedsHosts = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, OneWorkspace arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        var state = workspace.Host.State;
        return new PlanDraft(
            WorkspaceChange.Call(workspace.Id), $"Stop the host of {WorkspaceWords.Quote(workspace.Title)}",
            state is HostState.Off or HostState.Stopping ? [] : [HostResource.Update(workspace.Id, "state", state, HostState.Off)],
            [new ReadVersion(HostResource.Of(workspace.Id), await hosts.VersionAsync(context.Reader, workspace.Id, cancellationToken))], ToolScope.Destructive)
        {
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var id = HostResource.IdOf(plan.Effects.Single());
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Owner, cancellationToken);
        if (!await hosts.OrderStopAsync(context.Transaction, id, context.ActionId, cancellationToken)) throw WorkspaceWords.Moved();
        await context.Transaction.AnnounceAsync(HostKeeper.Order, HostKeeper.OrderOf(id, context.ActionId), cancellationToken);
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }
}

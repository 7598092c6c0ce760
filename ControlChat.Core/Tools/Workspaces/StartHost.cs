using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class StartHost(WorkspaceStore workspaces, HostStore hosts, WorkspaceView view, IHubSettings settings) : WriteTool<StartHost.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description("small when left out; each size costs twice the one before.")][AllowedValues(HostSize.Small, HostSize.Medium, HostSize.Large)] string? Size = null);

    public override ToolDefinition Definition { get; } = Define("workspace.start_host", ToolScope.Billing,
        "Starts the host of a workspace, which costs money until it is stopped; the plan shows the estimate. Asks a person. Its state is in workspace.get: starting first, then on or failed.") with
    { Lite = false, NeedsHosts = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        var (host, size, title) = (workspace.Host, arguments.Size ?? HostSize.Small, WorkspaceWords.Quote(workspace.Title));
        if (workspace.State != WorkspaceState.Active) throw WorkspaceWords.Conflict(workspace, $"{title} is {WorkspaceWords.Where(workspace)}. Only an active workspace has a host.");
        if (host.State == HostState.Stopping) throw WorkspaceWords.Conflict(workspace, $"The host of {title} is stopping. Ask again when it is off.");
        if (host.IsUp && host.Size != size) throw WorkspaceWords.Conflict(workspace, $"The host of {title} is {host.State} with the size {host.Size}. Stop it first to change the size.");
        return new PlanDraft(
            new JsonObject { ["workspace_id"] = workspace.Id, ["size"] = size }, $"Start a {size} host for {title}", host.IsUp ? [] : Effects(workspace, size),
            [new ReadVersion(HostResource.Of(workspace.Id), await hosts.VersionAsync(context.Reader, workspace.Id, cancellationToken))], ToolScope.Billing)
        {
            // What is up already costs nothing more.
            Cost = host.IsUp ? null : HostPrice.Of(settings.Current.Hosts, size),
            Compensation = new Compensation("workspace.stop_host", WorkspaceChange.Call(workspace.Id)),
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var (id, size) = (HostResource.IdOf(plan.Effects[0]), plan.Arguments["size"]?.GetValue<string>() ?? HostSize.Small);
        var workspace = await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Owner, cancellationToken);
        if (workspace.State != WorkspaceState.Active || !await hosts.OrderStartAsync(context.Transaction, id, size, context.ActionId, cancellationToken)) throw WorkspaceWords.Moved();
        await context.Transaction.AnnounceAsync(HostKeeper.Order, HostKeeper.OrderOf(id, context.ActionId), cancellationToken);
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }

    private static List<Effect> Effects(Workspace workspace, string size)
    {
        var effects = new List<Effect> { HostResource.Update(workspace.Id, "state", workspace.Host.State, HostState.On) };
        if (workspace.Host.Size != size) effects.Add(HostResource.Update(workspace.Id, "size", workspace.Host.Size, size));
        return effects;
    }
}

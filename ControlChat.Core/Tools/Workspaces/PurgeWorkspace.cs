using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class PurgeWorkspace(WorkspaceStore workspaces, WorkspaceView view) : WriteTool<OneWorkspace>
{
    public override ToolDefinition Definition { get; } = Define("workspace.purge", ToolScope.Destructive,
        "Removes a workspace that is in the trash, with its directory and everything in it, for good. Nothing brings it back. Asks a person, who has to type its title.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, OneWorkspace arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        var title = WorkspaceWords.Quote(workspace.Title);
        if (!workspace.IsTrashed) throw WorkspaceWords.Conflict(workspace, $"{title} is {WorkspaceWords.Where(workspace)}. Only what is in the trash can be purged; move it there first with workspace.delete.");
        // Its directory goes with it, and what runs there has to end first.
        if (workspace.Host.IsUp) throw WorkspaceWords.Conflict(workspace, $"The host of {title} is {workspace.Host.State}. Purge it when the host is off.");
        var before = new JsonObject { ["title"] = workspace.Title, ["state"] = workspace.State, ["tags"] = WorkspaceWords.Tags(workspace.Tags) };
        return new PlanDraft(
            WorkspaceChange.Call(workspace.Id), $"Purge {title} for good",
            [new Effect("delete", WorkspaceResource.Of(workspace.Id), null, before, null)], [WorkspaceResource.Read(workspace)], ToolScope.Destructive)
        {
            Untrusted = workspace.Foreign,
            Reversible = false,
            TypedConfirmation = workspace.Title,
            Warnings = ["The workspace's directory and everything in it are removed. Nothing brings them back.", .. NameWarnings.For("title", workspace.Title)],
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var id = WorkspaceResource.IdOf(effect);
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Owner, cancellationToken);
        if (!await workspaces.PurgeAsync(context.Transaction, id, cancellationToken)) throw WorkspaceWords.Moved();
        await context.Transaction.AnnounceAsync(WorkspaceDirectories.Topic, WorkspaceDirectories.Order(id, context.ActionId), cancellationToken);
        context.Transaction.Hint(Topics.Stream("workspaces"), id);
        return new JsonObject { ["workspace"] = null, ["purged"] = new JsonObject { ["id"] = id, ["title"] = effect.Before!["title"]!.GetValue<string>() } };
    }
}

using System.ComponentModel;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>The argument of every tool that takes a workspace and nothing else.</summary>
public sealed record OneWorkspace([Description("The workspace's id, or its exact title.")] string WorkspaceId);

/// <summary>An owner moves a workspace from one state to another: archive, unarchive, delete and restore are this with other words.</summary>
internal abstract class WorkspaceMove(WorkspaceStore workspaces, WorkspaceView view) : WriteTool<OneWorkspace>
{
    protected sealed override async Task<PlanDraft> PlanAsync(PlanningContext context, OneWorkspace arguments, CancellationToken cancellationToken)
    {
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        var state = Target(workspace);
        return new PlanDraft(
            WorkspaceChange.Call(workspace.Id), Summary(WorkspaceWords.Quote(workspace.Title)), Effects(workspace, state, context.Now), [WorkspaceResource.Read(workspace)], Definition.Scope)
        {
            Compensation = new Compensation(WayBack, WorkspaceChange.Call(workspace.Id)),
            Warnings = NameWarnings.For("title", workspace.Title),
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public sealed override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single(e => e.Field == "state");
        var purge = plan.Effects.SingleOrDefault(e => e.Field == "purge_at")?.After?.GetValue<string>();
        var id = WorkspaceResource.IdOf(effect);
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Owner, cancellationToken);
        if (!await workspaces.MoveAsync(context.Transaction, id, effect.Before!.GetValue<string>(), effect.After!.GetValue<string>(), purge is null ? null : Timestamps.Parse(purge), cancellationToken))
            throw WorkspaceWords.Moved();
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }

    /// <summary>The state it moves to; its present one when there is nothing to do.</summary>
    /// <exception cref="ToolRefusedException"><c>conflict</c> with what to do first.</exception>
    protected abstract string Target(Workspace workspace);

    /// <param name="title">Quoted.</param>
    protected abstract string Summary(string title);

    /// <summary>The tool that moves it back.</summary>
    protected abstract string WayBack { get; }

    /// <summary>Until when the trash keeps what is moved there now.</summary>
    protected virtual DateTimeOffset? PurgeAt(DateTimeOffset now) => null;

    private List<Effect> Effects(Workspace workspace, string state, DateTimeOffset now)
    {
        if (workspace.State == state) return [];
        var effects = new List<Effect> { WorkspaceChange.Update(workspace, "state", workspace.State, state) };
        var purge = PurgeAt(now);
        if (purge != workspace.PurgeAt) effects.Add(WorkspaceChange.Update(workspace, "purge_at", Timestamps.Format(workspace.PurgeAt), Timestamps.Format(purge)));
        return effects;
    }
}

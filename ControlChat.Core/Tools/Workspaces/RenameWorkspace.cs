using System.ComponentModel;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class RenameWorkspace(WorkspaceStore workspaces, WorkspaceView view, IHubSettings settings) : WriteTool<RenameWorkspace.Arguments>
{
    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description("The new title.")] string Title);

    public override ToolDefinition Definition { get; } = Define("workspace.rename", ToolScope.Write,
        "Gives a workspace another title. Its id, its directory and everything in it stay. A workspace in the trash has to be restored first.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (WorkspaceText.CleanTitle(arguments.Title, settings.Current.Limits.TitleChars, out var title) is { } problem) throw WorkspaceWords.Refusal(problem);
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Collaborator, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        IReadOnlyList<Effect> effects = workspace.Title == title ? [] : [WorkspaceChange.Update(workspace, "title", workspace.Title, title)];
        return new PlanDraft(Call(workspace.Id, title), $"Rename {WorkspaceWords.Quote(workspace.Title)} to {WorkspaceWords.Quote(title)}", effects, [WorkspaceResource.Read(workspace)], ToolScope.Write)
        {
            Compensation = new Compensation("workspace.rename", Call(workspace.Id, workspace.Title)),
            Warnings = NameWarnings.For("title", title),
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var id = WorkspaceResource.IdOf(effect);
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Collaborator, cancellationToken);
        if (!await workspaces.RenameAsync(context.Transaction, id, effect.Before!.GetValue<string>(), effect.After!.GetValue<string>(), context.Trusted ? context.Principal.AccountId : null, cancellationToken))
            throw WorkspaceWords.Moved();
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }

    private static JsonObject Call(string id, string title) => new() { ["workspace_id"] = id, ["title"] = title };
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class TagWorkspace(WorkspaceStore workspaces, WorkspaceView view) : WriteTool<TagWorkspace.Arguments>
{
    private const int MostAtOnce = 50;

    public sealed record Arguments(
        [Description("The workspace's id, or its exact title.")] string WorkspaceId,
        [Description("Tags to add; lower case is stored.")][MaxLength(MostAtOnce)] IReadOnlyList<string>? Add = null,
        [Description("Tags to remove.")][MaxLength(MostAtOnce)] IReadOnlyList<string>? Remove = null);

    public override ToolDefinition Definition { get; } = Define("workspace.tag", ToolScope.Write,
        "Adds tags to a workspace, removes some, or both. A tag has 1 to 40 characters, a workspace at most 20 tags. What is there already, or not there, is left as it is.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var (add, remove) = (TagList.CleanEach(arguments.Add), TagList.CleanEach(arguments.Remove));
        if (add.Count + remove.Count == 0) throw ToolRefusedException.Invalid("Nothing to add or to remove. Give 'add' or 'remove' at least one tag.");
        if (add.Intersect(remove).FirstOrDefault() is { } both) throw ToolRefusedException.Invalid($"{WorkspaceWords.Quote(both)} stands in 'add' and in 'remove'. Keep it in one of them.");
        var workspace = await view.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Collaborator, cancellationToken);
        WorkspaceWords.RequireKept(workspace);
        IReadOnlyList<string> added = [.. add.Except(workspace.Tags)], removed = [.. workspace.Tags.Intersect(remove)];
        var after = TagList.Limited([.. workspace.Tags.Except(removed).Concat(added).Order(StringComparer.Ordinal)]);
        var changed = added.Count + removed.Count > 0;
        return new PlanDraft(
            Call(workspace.Id, add, remove), Summary(workspace, changed ? added : add, changed ? removed : remove),
            changed ? [WorkspaceChange.Update(workspace, "tags", WorkspaceWords.Tags(workspace.Tags), WorkspaceWords.Tags(after))] : [],
            [WorkspaceResource.Read(workspace)], ToolScope.Write)
        {
            Compensation = new Compensation("workspace.tag", Call(workspace.Id, removed, added)),
            Warnings = [.. TagList.Warnings(added)],
            Unchanged = WorkspaceWords.Result(workspace),
            Untrusted = workspace.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var id = WorkspaceResource.IdOf(effect);
        await WorkspaceAccess.StillAsync(workspaces, context, id, WorkspaceRole.Collaborator, cancellationToken);
        var trustedFor = context.Trusted ? context.Principal.AccountId : null;
        if (!await workspaces.RetagAsync(context.Transaction, id, WorkspaceWords.Tags(effect.Before), WorkspaceWords.Tags(effect.After), trustedFor, cancellationToken))
            throw WorkspaceWords.Moved();
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }

    private static JsonObject Call(string id, IReadOnlyList<string> add, IReadOnlyList<string> remove) =>
        new() { ["workspace_id"] = id, ["add"] = WorkspaceWords.Tags(add), ["remove"] = WorkspaceWords.Tags(remove) };

    private static string Summary(Workspace workspace, IReadOnlyList<string> added, IReadOnlyList<string> removed)
    {
        var title = WorkspaceWords.Quote(workspace.Title);
        if (removed.Count == 0) return $"Tag {title} {Listed(added)}";
        return added.Count == 0 ? $"Remove {Listed(removed)} from {title}" : $"Tag {title} {Listed(added)} and remove {Listed(removed)}";
    }

    private static string Listed(IEnumerable<string> tags) => string.Join(", ", tags.Select(WorkspaceWords.Quote));
}

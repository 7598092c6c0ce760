using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

internal sealed class CreateWorkspace(WorkspaceStore workspaces, OwnerRoom room, IHubSettings settings) : WriteTool<CreateWorkspace.Arguments>
{
    public sealed record Arguments(
        [Description("What people will call it.")] string Title,
        [Description("Words to find it by, at most 20.")][MaxLength(WorkspaceText.TagsPerWorkspace)] IReadOnlyList<string>? Tags = null);

    public override ToolDefinition Definition { get; } = Define("workspace.create", ToolScope.Write,
        "Makes a new, empty workspace with a title and, if wanted, tags; the person becomes its owner. Titles need not be unique. In a batch, a later step names it as {\"$step\": n}.") with
    { Lite = false };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (WorkspaceText.CleanTitle(arguments.Title, settings.Current.Limits.TitleChars, out var title) is { } problem) throw WorkspaceWords.Refusal(problem);
        var tags = TagList.Clean(arguments.Tags);
        await room.RequireAsync(context, context.Principal.AccountId, cancellationToken);
        var id = Ids.New(WorkspaceId.Prefix);
        var same = await workspaces.FindByTitleAsync(context.Reader, context.Principal.AccountId, title, 1, cancellationToken);
        var after = new JsonObject { ["title"] = title, ["tags"] = WorkspaceWords.Tags(tags) };
        return new PlanDraft(
            new JsonObject { ["title"] = title, ["tags"] = WorkspaceWords.Tags(tags) },
            $"Create workspace {WorkspaceWords.Quote(title)}",
            [new Effect("create", WorkspaceResource.Of(id), null, null, after)],
            [new ReadVersion(WorkspaceResource.Of(id), 0)],
            ToolScope.Write)
        {
            Compensation = new Compensation("workspace.delete", new JsonObject { ["workspace_id"] = id }),
            Warnings = [.. NameWarnings.For("title", title), .. TagList.Warnings(tags), .. same.Select(w => $"There is already a workspace called {WorkspaceWords.Quote(w.Title)}: {w.Id}.")],
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (id, account) = (WorkspaceResource.IdOf(effect), context.Principal.AccountId);
        await room.RequireAsync(context, account, cancellationToken);
        await workspaces.InsertAsync(context.Transaction, id, effect.After!["title"]!.GetValue<string>(), WorkspaceWords.Tags(effect.After["tags"]), account, context.Trusted ? account : null, cancellationToken);
        await context.Transaction.AnnounceAsync(WorkspaceDirectories.Topic, WorkspaceDirectories.Order(id, context.ActionId), cancellationToken);
        return await WorkspaceChange.DoneAsync(workspaces, context, id, cancellationToken);
    }
}

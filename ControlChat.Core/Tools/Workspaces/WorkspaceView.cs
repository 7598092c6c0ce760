using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>Workspaces as a plan must see them: the rows, through the effects of the batch's earlier steps.</summary>
internal sealed class WorkspaceView(WorkspaceStore workspaces)
{
    private const int MostCandidates = 11;

    /// <summary>The one workspace meant by an id or an exact title (exact first, then in any case), if the role suffices.</summary>
    /// <param name="needed">One of <see cref="WorkspaceRole"/>.</param>
    /// <exception cref="ToolRefusedException"><c>not_found</c>, <c>ambiguous</c> or <c>denied</c>.</exception>
    public async Task<Workspace> ResolveAsync(PlanningContext context, string idOrTitle, string needed, CancellationToken cancellationToken)
    {
        var asked = idOrTitle.Trim();
        var workspace = WorkspaceId.IsOne(asked)
            ? await FindAsync(context, asked, cancellationToken) ?? throw ToolRefusedException.NotFound($"There is no workspace {asked}. workspace.list shows those there are.")
            : await ByTitleAsync(context, asked, cancellationToken);
        workspace = workspace with { Foreign = !workspace.IsTrustedFor(context.Principal.AccountId) };
        WorkspaceAccess.Require(workspace, needed);
        return workspace;
    }

    /// <summary>Null when there is none, or the person may not see it.</summary>
    public async Task<Workspace?> FindAsync(PlanningContext context, string id, CancellationToken cancellationToken) =>
        Overlay(context, id, await workspaces.FindAsync(context.Reader, context.Principal.AccountId, id, cancellationToken));

    private async Task<Workspace> ByTitleAsync(PlanningContext context, string title, CancellationToken cancellationToken)
    {
        var found = await CandidatesAsync(context, title, cancellationToken);
        var normal = title.Normalize(System.Text.NormalizationForm.FormC);
        var exact = found.Where(w => w.Title == normal).ToList();
        if (exact.Count == 0) exact = found;
        return exact.Count switch
        {
            1 => exact[0],
            0 => throw await NearestTitles.NotFoundAsync(workspaces, context, title, cancellationToken),
            _ => throw ToolRefusedException.Ambiguous(WorkspaceWords.Ambiguous(title, exact, context.Now)),
        };
    }

    private async Task<List<Workspace>> CandidatesAsync(PlanningContext context, string title, CancellationToken cancellationToken)
    {
        var key = WorkspaceText.Key(title);
        var seen = new List<Workspace>();
        foreach (var row in await workspaces.FindByTitleAsync(context.Reader, context.Principal.AccountId, title, MostCandidates, cancellationToken))
        {
            if (Overlay(context, row.Id, row) is { } workspace) seen.Add(workspace);
        }
        foreach (var id in Touched(context).Where(id => seen.All(w => w.Id != id)))
        {
            if (await FindAsync(context, id, cancellationToken) is { } workspace) seen.Add(workspace);
        }
        return [.. seen.Where(w => WorkspaceText.Key(w.Title) == key)];
    }

    private static IEnumerable<string> Touched(PlanningContext context) => context.Earlier
        .Where(e => e.Resource.StartsWith("workspace/", StringComparison.Ordinal)).Select(WorkspaceResource.IdOf).Distinct();

    private static Workspace? Overlay(PlanningContext context, string id, Workspace? workspace)
    {
        var account = context.Principal.AccountId;
        var (own, pin, member, host) = (WorkspaceResource.Of(id), WorkspaceResource.Pin(id, account), MemberResource.Of(id, account), HostResource.Of(id));
        foreach (var effect in context.Earlier)
        {
            if (effect.Resource == own) workspace = Apply(context, id, workspace, effect);
            else if (workspace is null) continue;
            else if (effect.Resource == pin) workspace = workspace with { Pinned = effect.After!.GetValue<bool>() };
            else if (effect.Resource == member) workspace = effect.After is null ? null : workspace with { Role = effect.After.GetValue<string>() };
            else if (effect.Resource == host && effect.Field == "state") workspace = workspace with { Host = workspace.Host with { State = effect.After!.GetValue<string>() } };
        }
        return workspace;
    }

    private static Workspace? Apply(PlanningContext context, string id, Workspace? workspace, Effect effect) => (effect.Op, effect.Field) switch
    {
        ("create", _) => new Workspace(
            id, effect.After!["title"]!.GetValue<string>(), WorkspaceState.Active, WorkspaceWords.Tags(effect.After["tags"]), false, WorkspaceRole.Owner, 0,
            context.Now, context.Principal.AccountId, context.Now, null, null, null, WorkspaceHost.Off)
        {
            // Written by the batch itself: nothing the one who asks for it has not seen.
            TitleTrustedFor = context.Principal.AccountId,
            TagsTrustedFor = context.Principal.AccountId,
        },
        ("delete", _) => null,
        (_, "title") => workspace! with { Title = effect.After!.GetValue<string>() },
        (_, "tags") => workspace! with { Tags = WorkspaceWords.Tags(effect.After) },
        (_, "state") => Move(workspace!, effect.After!.GetValue<string>(), context.Now),
        (_, "purge_at") => workspace! with { PurgeAt = effect.After is null ? null : Hub.Timestamps.Parse(effect.After.GetValue<string>()) },
        _ => workspace,
    };

    private static Workspace Move(Workspace workspace, string state, DateTimeOffset now) => state switch
    {
        WorkspaceState.Active => workspace with { State = state, ArchivedAt = null, TrashedAt = null },
        WorkspaceState.Archived => workspace with { State = state, ArchivedAt = workspace.ArchivedAt ?? now, TrashedAt = null },
        _ => workspace with { State = state, TrashedAt = now },
    };
}

using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>A workspace and what hangs on it is seen by its members.</summary>
internal abstract class OfWorkspace(WorkspaceStore workspaces) : IResourceSight
{
    public abstract string Kind { get; }

    public async Task<SeenResource?> SeeAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken) =>
        await workspaces.FindAsync(reader, principal.AccountId, id.Split(':')[0], cancellationToken) is { } workspace
            ? new SeenResource($"{Kind}/{id}", await PresentAsync(reader, workspace, id, cancellationToken)) : null;

    protected virtual Task<IReadOnlyDictionary<string, JsonNode?>> PresentAsync(IHubReader reader, Workspace workspace, string id, CancellationToken cancellationToken) =>
        Task.FromResult(SeenResource.Nothing);
}

internal sealed class WorkspaceSight(WorkspaceStore workspaces) : OfWorkspace(workspaces)
{
    public override string Kind => WorkspaceResource.Kind;

    protected override Task<IReadOnlyDictionary<string, JsonNode?>> PresentAsync(IHubReader reader, Workspace workspace, string id, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, JsonNode?>>(new Dictionary<string, JsonNode?>
        {
            ["title"] = workspace.Title,
            ["tags"] = WorkspaceWords.Tags(workspace.Tags),
            ["state"] = workspace.State,
        });
}

/// <summary><c>member/{workspace}:{account}</c>, and all of them together as <c>member/{workspace}</c>.</summary>
internal sealed class MemberSight(WorkspaceStore workspaces, MemberStore members) : OfWorkspace(workspaces)
{
    public override string Kind => MemberResource.Kind;

    protected override async Task<IReadOnlyDictionary<string, JsonNode?>> PresentAsync(IHubReader reader, Workspace workspace, string id, CancellationToken cancellationToken)
    {
        var all = await members.ListAsync(reader, workspace.Id, cancellationToken);
        if (id.Split(':', 2) is not [_, var account]) return all.ToDictionary(m => m.AccountId, m => (JsonNode?)m.Role);
        return all.FirstOrDefault(m => m.AccountId == account) is { } one ? new Dictionary<string, JsonNode?> { ["role"] = one.Role } : SeenResource.Nothing;
    }
}

internal sealed class HostSight(WorkspaceStore workspaces) : OfWorkspace(workspaces)
{
    public override string Kind => HostResource.Kind;

    protected override Task<IReadOnlyDictionary<string, JsonNode?>> PresentAsync(IHubReader reader, Workspace workspace, string id, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, JsonNode?>>(new Dictionary<string, JsonNode?> { ["state"] = workspace.Host.State, ["size"] = workspace.Host.Size });
}

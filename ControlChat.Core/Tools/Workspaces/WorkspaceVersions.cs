using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>Versions of <c>workspace/{id}</c>.</summary>
internal sealed class WorkspaceVersions(WorkspaceStore workspaces) : IResourceVersions
{
    public string Kind => WorkspaceResource.Kind;

    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) => workspaces.VersionAsync(reader, id, cancellationToken);
}

/// <summary>Versions of <c>pin/{workspace}:{account}</c>.</summary>
internal sealed class PinVersions(WorkspacePins pins) : IResourceVersions
{
    public string Kind => WorkspaceResource.PinKind;

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        id.Split(':', 2) is [var workspace, var account] ? await pins.VersionAsync(reader, workspace, account, cancellationToken) : 0;
}

/// <summary>Versions of <c>member/{workspace}:{account}</c>.</summary>
internal sealed class MemberVersions(MemberStore members) : IResourceVersions
{
    public string Kind => MemberResource.Kind;

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        id.Split(':', 2) is [var workspace, var account] ? await members.VersionAsync(reader, workspace, account, cancellationToken) : 0;
}

/// <summary>Versions of <c>host/{workspace}</c>: how often it was ordered.</summary>
internal sealed class HostVersions(HostStore hosts) : IResourceVersions
{
    public string Kind => HostResource.Kind;

    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) => hosts.VersionAsync(reader, id, cancellationToken);
}

/// <summary>How effects and read sets name workspaces and pins.</summary>
internal static class WorkspaceResource
{
    public const string Kind = "workspace";
    public const string PinKind = "pin";

    public static string Of(string workspaceId) => $"{Kind}/{workspaceId}";

    public static string Pin(string workspaceId, string accountId) => $"{PinKind}/{workspaceId}:{accountId}";

    /// <summary>The id behind <c>workspace/…</c>.</summary>
    public static string IdOf(Effect effect) => effect.Resource[(Kind.Length + 1)..];

    public static ReadVersion Read(Workspace workspace) => new(Of(workspace.Id), workspace.Version);
}

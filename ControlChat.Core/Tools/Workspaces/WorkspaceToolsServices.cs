using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Trail;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools.Workspaces;

public static class WorkspaceToolsServices
{
    /// <summary>What the workspace tools and the gate need beside the tools themselves, which stand in the list of <c>ControlTools</c>.</summary>
    public static IServiceCollection AddWorkspaceTools(this IServiceCollection services) => services
        .AddSingleton<WorkspaceView>()
        .AddSingleton<IResourceVersions, WorkspaceVersions>()
        .AddSingleton<MemberView>()
        .AddSingleton<OwnerRoom>()
        .AddSingleton<IResourceVersions, PinVersions>()
        .AddSingleton<IResourceVersions, MemberVersions>()
        .AddSingleton<IResourceVersions, HostVersions>()
        .AddSingleton<IResourceSight, WorkspaceSight>()
        .AddSingleton<IResourceSight, MemberSight>()
        .AddSingleton<IResourceSight, HostSight>()
        .AddHostedService<TrashSweeper>();
}

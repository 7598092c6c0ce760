using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces.Hosts;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Workspaces;

public static class WorkspacesServices
{
    /// <summary>The things a full hub is about: their rows and their directories.</summary>
    public static IServiceCollection AddWorkspaces(this IServiceCollection services) => services
        .AddSingleton<WorkspaceStore>()
        .AddSingleton<WorkspaceSearch>()
        .AddSingleton<WorkspacePins>()
        .AddSingleton<WorkspaceFileReading>()
        .AddSingleton<MemberStore>()
        .AddSingleton<IOutboxHandler, WorkspaceDirectories>()
        .AddSingleton<HostStore>()
        .AddSingleton(p => NodeOf(p.GetRequiredService<IHubSettings>()))
        .AddSingleton<IHostDriver, ProcessHosts>()
        .AddSingleton<HostKeeper>()
        .AddSingleton<IOutboxHandler>(p => p.GetRequiredService<HostKeeper>())
        .AddHostedService(p => p.GetRequiredService<HostKeeper>());

    // With sqlite one process is all there is, whatever its machine is called after a move.
    private static HostNode NodeOf(IHubSettings settings) =>
        settings.Current.Hub.Store == "sqlite" ? new HostNode("local") : HostNode.Of(settings.Paths.DataDirectory);
}

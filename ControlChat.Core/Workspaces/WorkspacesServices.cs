using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Workspaces;

public static class WorkspacesServices
{
    /// <summary>The things a full hub is about: their rows and their directories.</summary>
    public static IServiceCollection AddWorkspaces(this IServiceCollection services) => services
        .AddSingleton<WorkspaceStore>()
        .AddSingleton<WorkspaceSearch>()
        .AddSingleton<WorkspacePins>()
        .AddSingleton<IOutboxHandler, WorkspaceDirectories>();
}

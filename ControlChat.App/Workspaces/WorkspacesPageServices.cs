using ControlChat.App.Ui;

namespace ControlChat.App.Workspaces;

internal static class WorkspacesPageServices
{
    public static IServiceCollection AddWorkspacesPage(this IServiceCollection services) => services
        .AddSingleton(HostProgramFile.Find())
        .AddScoped<IPaletteSource, WorkspacesPaletteSource>();
}

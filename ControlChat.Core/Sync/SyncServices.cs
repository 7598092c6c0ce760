using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Sync;

public static class SyncServices
{
    /// <summary>Workspaces kept like a directory elsewhere, by rsync.</summary>
    public static IServiceCollection AddSync(this IServiceCollection services) => services
        .AddSingleton<SyncConfigStore>()
        .AddSingleton<SyncRunStore>()
        .AddSingleton<SyncRules>()
        .AddSingleton<HostKeyScan>()
        .AddSingleton<ISyncTransfer, Rsync>()
        .AddSingleton(p => NodeOf(p.GetRequiredService<IHubSettings>()))
        .AddSingleton<SyncKeeper>()
        .AddSingleton<IOutboxHandler>(p => p.GetRequiredService<SyncKeeper>())
        .AddHostedService(p => p.GetRequiredService<SyncKeeper>());

    // With sqlite one process is all there is, whatever its machine is called after a move.
    private static SyncNode NodeOf(IHubSettings settings) =>
        new(settings.Current.Hub.Store == "sqlite" ? "local" : $"{Environment.MachineName}:{settings.Paths.DataDirectory}");
}

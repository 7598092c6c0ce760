using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Trail;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools.Sync;

public static class SyncToolsServices
{
    /// <summary>What the sync tools and the gate need beside the tools themselves, which stand in the list of <c>ControlTools</c>.</summary>
    public static IServiceCollection AddSyncTools(this IServiceCollection services) => services
        .AddSingleton<SyncTargets>()
        .AddSingleton<SyncTelling>()
        .AddSingleton<ISyncCancelling, CancelSync>()
        .AddSingleton<IResourceVersions, SyncVersions>()
        .AddSingleton<IResourceVersions, FileVersions>()
        .AddSingleton<IResourceSight, SyncSight>();
}

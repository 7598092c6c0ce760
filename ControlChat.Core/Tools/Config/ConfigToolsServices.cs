using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Trail;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools.Config;

public static class ConfigToolsServices
{
    /// <summary>What the setting tools and the gate need beside the tools themselves, which stand in the list of <c>ControlTools</c>.</summary>
    public static IServiceCollection AddConfigTools(this IServiceCollection services) => services
        .AddSingleton<IResourceVersions, SettingVersions>()
        .AddSingleton<IResourceSight, SettingSight>()
        .AddHostedService<SettingsFollower>();
}

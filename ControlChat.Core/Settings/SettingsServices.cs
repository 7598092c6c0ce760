using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Settings;

public static class SettingsServices
{
    /// <summary>The settings in force, over what <see cref="HubConfiguration.Load"/> read.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, LoadedSettings loaded) => services
        .AddSingleton(loaded)
        .AddSingleton(loaded.Secrets)
        .AddSingleton<SettingsStore>()
        .AddSingleton<SettingBook>()
        .AddSingleton<PersonalSettings>()
        .AddSingleton<AccountLimits>()
        .AddSingleton<IHubSettings, HubSettings>()
        .AddSingleton<IOutboxHandler, SettingChanged>();
}

using ControlChat.Core.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.Core.Runner;

public static class ModelServices
{
    private static string? Key => Environment.GetEnvironmentVariable("OPENAI_API_KEY");

    /// <summary>The model clients. The key is read from the environment and nowhere else, once, at the first use.</summary>
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton(p => new ModelClients(p.GetRequiredService<IHubSettings>(), Key, p.GetRequiredService<TimeProvider>()))
            .AddSingleton(p => new ModelUpstream(p.GetRequiredService<IHubSettings>(), p.GetRequiredService<ModelClients>(), Key));
    }
}

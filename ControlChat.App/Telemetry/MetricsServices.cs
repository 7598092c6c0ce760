using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.Telemetry;

internal static class MetricsServices
{
    /// <summary>What <c>/metrics</c> shows and, where a collector is named, what is sent to it.</summary>
    public static IServiceCollection AddNumbersAndSpans(this IServiceCollection services, LoadedSettings settings)
    {
        services.AddSingleton<FigureReader>().AddSingleton<Scrape>().AddSingleton<CircuitHandler, CircuitCount>();
        if (OtlpPlace.Of(settings, Environment.GetEnvironmentVariable) is { } place)
            services.AddSingleton(place).AddSingleton<CollectorWatch>().AddSingleton<OtlpExport>().AddHostedService(p => p.GetRequiredService<OtlpExport>());
        return services;
    }
}

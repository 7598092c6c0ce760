using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlChat.App.Layout;

internal static class LayoutServices
{
    /// <summary>The frame and the components' own services. Whoever knows the hub registers its own <see cref="IShellFacts"/>.</summary>
    public static IServiceCollection AddShell(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddScoped<IShellFacts, NeutralShellFacts>();
        services.TryAddScoped<IReaderChoices, NoReaderChoices>();
        services.TryAddScoped<Announcer>();
        services.TryAddScoped<Toasts>();
        services.TryAddScoped<Ticker>();
        services.TryAddScoped<AskRequests>();
        services.TryAddScoped<AgentSlot>();
        services.TryAddScoped<PageContext>();
        services.TryAddScoped<ShellCircuit>();
        services.AddScoped<CircuitHandler>(p => p.GetRequiredService<ShellCircuit>());
        services.AddScoped<IPaletteSource, PagesPaletteSource>();
        return services;
    }
}

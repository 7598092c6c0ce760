using ControlChat.Core.Bus.Local;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Bus;

public static class BusServices
{
    /// <summary>The bus, and the outbox that feeds it.</summary>
    public static IServiceCollection AddBus(this IServiceCollection services) => services
        .AddSingleton<IBus, LocalBus>()
        .AddSingleton<IReadinessPart, BusReadiness>()
        .AddHostedService<Outbox>();
}

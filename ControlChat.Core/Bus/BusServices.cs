using ControlChat.Core.Bus.Local;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Bus;

public static class BusServices
{
    /// <summary>The bus, and the outbox that feeds it.</summary>
    /// <param name="redis">Where Redis is; null: the bus in the hub's own database, for one process.</param>
    public static IServiceCollection AddBus(this IServiceCollection services, Func<IServiceProvider, RedisPlace?> redis) => services
        .AddSingleton<IBus>(p => redis(p) is { } place
            ? new RedisBus(place, new RedisTiming(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<RedisBus>>())
            : ActivatorUtilities.CreateInstance<LocalBus>(p))
        .AddSingleton<IReadinessPart, BusReadiness>()
        .AddSingleton(p => BusFigures.Up(p.GetRequiredService<IBus>()))
        .AddSingleton(BusFigures.Backlog)
        .AddSingleton(p => BusFigures.DeadLetters(p.GetRequiredService<IBus>()))
        .AddHostedService<Outbox>();
}
